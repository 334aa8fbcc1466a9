// The floor that fan-out is measured against: one thread, epoll, and one send(2) per connection and tick.
//
//     yardstick PORT
//
// Every text message goes to all connections, its sender included. The frames of one tick (one return of epoll_wait)
// leave together, which is the least a program can do; with one message in flight that is a send per message.
// What a server for users needs is left out: no fragments, no UTF-8 check, no timers, no queue for slow peers: a peer
// whose socket is full, or who says anything out of the ordinary, is cut off.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INPUT_MAX = 64 * 1024, TICK_MAX = 1024 * 1024, CONNECTIONS_MAX = 65536, EVENTS_MAX = 1024 };

struct connection {
    int fd, is_open;                // open: the handshake is done
    int index;                      // in `all`
    size_t count;                   // bytes of an incomplete request or frame, in `bytes`
    unsigned char *bytes;           // NULL while there are none
};

static struct connection *all[CONNECTIONS_MAX];
static int connection_count;
static unsigned char tick[TICK_MAX]; // frames of this tick
static size_t tick_count;
static int poller;

// SHA-1 (RFC 3174) of at most 119 bytes, which is what a handshake needs.
static void sha1(const char *text, size_t count, unsigned char digest[20]) {
    unsigned char padded[128] = {0};
    size_t blocks = (count + 9 + 63) / 64;
    memcpy(padded, text, count);
    padded[count] = 0x80;
    for (int i = 0; i < 4; i++) padded[blocks * 64 - 1 - i] = (unsigned char)((count * 8) >> (8 * i));
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    for (size_t block = 0; block < blocks; block++) {
        uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (int i = 0; i < 80; i++) {
            const unsigned char *p = padded + block * 64 + i * 4;
            if (i < 16) {
                w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
            } else {
                uint32_t x = w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16];
                w[i] = x << 1 | x >> 31;
            }
            uint32_t f = i < 20 ? ((b & c) | (~b & d)) + 0x5A827999
                       : i < 40 ? (b ^ c ^ d) + 0x6ED9EBA1
                       : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC
                                : (b ^ c ^ d) + 0xCA62C1D6;
            uint32_t t = (a << 5 | a >> 27) + f + e + w[i];
            e = d, d = c, c = b << 30 | b >> 2, b = a, a = t;
        }
        h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
    }
    for (int i = 0; i < 20; i++) digest[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
}

static void base64(const unsigned char digest[20], char text[29]) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char bytes[21] = {0};
    memcpy(bytes, digest, 20);
    for (int i = 0; i < 7; i++) {
        uint32_t v = (uint32_t)bytes[i * 3] << 16 | (uint32_t)bytes[i * 3 + 1] << 8 | bytes[i * 3 + 2];
        for (int k = 0; k < 4; k++) text[i * 4 + k] = letters[v >> (18 - 6 * k) & 63];
    }
    text[27] = '=';
    text[28] = 0;
}

static void drop(struct connection *c) {
    all[c->index] = all[--connection_count];
    all[c->index]->index = c->index;
    close(c->fd);
    free(c->bytes);
    free(c);
}

// Bytes taken, 0 if the request is not all there yet, -1 to drop the connection.
static long handshake(struct connection *c, unsigned char *bytes, size_t count) {
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char *end = memmem(bytes, count, "\r\n\r\n", 4);
    if (!end) return count < 8192 ? 0 : -1;
    *end = 0;
    char *key = strcasestr((char *)bytes, "\r\nsec-websocket-key:");
    if (!key) return -1;
    key += strlen("\r\nsec-websocket-key:");
    key += strspn(key, " ");
    size_t length = strcspn(key, " \r");
    if (length != 24) return -1;
    char text[24 + sizeof guid], accept[29], answer[256];
    unsigned char digest[20];
    memcpy(text, key, 24);
    memcpy(text + 24, guid, sizeof guid);
    sha1(text, strlen(text), digest);
    base64(digest, accept);
    int n = snprintf(answer, sizeof answer,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
        accept);
    if (send(c->fd, answer, (size_t)n, MSG_NOSIGNAL) != n) return -1;
    c->is_open = 1;
    return end + 4 - bytes;
}

// The same; a text frame is unmasked into `tick` behind a header of its own.
static long frame(unsigned char *bytes, size_t count) {
    if (count < 2) return 0;
    if (bytes[0] != 0x81 || !(bytes[1] & 0x80)) return -1;
    size_t length = bytes[1] & 127, head = 2;
    if (length == 127) return -1;
    if (length == 126) {
        if (count < 4) return 0;
        length = (size_t)bytes[2] << 8 | bytes[3];
        head = 4;
    }
    if (head + 4 + length > INPUT_MAX) return -1;
    if (count < head + 4 + length) return 0;
    if (tick_count + head + length > TICK_MAX) return -1;
    const unsigned char *mask = bytes + head, *from = mask + 4;
    unsigned char *to = tick + tick_count;
    memcpy(to, bytes, head);
    to[1] &= 127;
    for (size_t i = 0; i < length; i++) to[head + i] = from[i] ^ mask[i & 3];
    tick_count += head + length;
    return (long)(head + 4 + length);
}

static void readable(struct connection *c) {
    static unsigned char input[INPUT_MAX * 2];
    size_t count = c->count;
    if (count) memcpy(input, c->bytes, count);
    ssize_t n = recv(c->fd, input + count, INPUT_MAX, 0);
    if (n <= 0) {
        if (n == 0 || (errno != EAGAIN && errno != EINTR)) drop(c);
        return;
    }
    count += (size_t)n;
    size_t done = 0;
    while (done < count) {
        long taken = c->is_open ? frame(input + done, count - done) : handshake(c, input + done, count - done);
        if (taken < 0) return drop(c);
        if (taken == 0) break;
        done += (size_t)taken;
    }
    free(c->bytes);
    c->bytes = NULL;
    c->count = count - done;
    if (c->count == 0) return;
    c->bytes = malloc(c->count);
    if (!c->bytes) return drop(c);
    memcpy(c->bytes, input + done, c->count);
}

static void send_tick(void) {
    // Backwards: dropping one moves the last into its place.
    for (int i = connection_count - 1; i >= 0; i--) {
        struct connection *c = all[i];
        if (c->is_open && send(c->fd, tick, tick_count, MSG_NOSIGNAL) != (ssize_t)tick_count) drop(c);
    }
    tick_count = 0;
}

static void take_all(int listener) {
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct connection *c = connection_count < CONNECTIONS_MAX ? calloc(1, sizeof *c) : NULL;
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        if (!c || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) {
            close(fd);
            free(c);
            continue;
        }
        c->fd = fd;
        c->index = connection_count;
        all[connection_count++] = c;
    }
}

int main(int argc, char **argv) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 9002));
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0
        || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) != 0) {
        perror("yardstick");
        return 1;
    }
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        int n = epoll_wait(poller, events, EVENTS_MAX, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr) readable(events[i].data.ptr);
            else take_all(listener);
        }
        if (tick_count) send_tick();
    }
}
