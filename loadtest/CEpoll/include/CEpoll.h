#pragma once
#include <stdint.h>

// epoll for Swift, whose Glibc module has none. Were <sys/epoll.h> included here, it would take types such as timeval out of that
// module and into this one.

/// A new epoll descriptor, closed on exec; -1 and errno on failure.
int gwanje_epoll_create(void);

/// Reports `tag` whenever `descriptor` is readable. 0, or -1 and errno.
int gwanje_epoll_add(int epoll, int descriptor, uint32_t tag);

/// The tags of descriptors that are readable, at most `count` and 256. With none it waits for one, up to `millis`. -1 and errno on
/// failure.
int gwanje_epoll_poll(int epoll, uint32_t *tags, int count, int millis);
