// The Glibc module of Swift has no epoll.
#include <sys/epoll.h>
