#include "CEpoll.h"

#include <sys/epoll.h>

enum { EVENTS_MAX = 256 };

int gwanje_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int gwanje_epoll_add(int epoll, int descriptor, uint32_t tag) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = tag};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int gwanje_epoll_poll(int epoll, uint32_t *tags, int count, int millis) {
    struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(epoll, events, count < EVENTS_MAX ? count : EVENTS_MAX, millis);
    for (int i = 0; i < n; i++) tags[i] = events[i].data.u32;
    return n;
}
