/*
 * The pacing engine: an OpenAI-style streaming server that answers on absolute deadlines and tells afterwards
 * what it really did. One thread, epoll, one write per token. In C so that the server is not the noise.
 *
 * usage: engine <epochNs> <ttftUs> <itlUs> <burst|staggered> <log>
 *
 * It prints "port <n>" once it listens on 127.0.0.1, and on SIGTERM writes the log, one line a request:
 *   <x-request-id> <arrival> <deadline> <before write> <after write> [<deadline> <before> <after> ...]
 * and a last line "# cpu <microseconds>". All stamps are CLOCK_MONOTONIC minus <epochNs>, in ns.
 * burst: every stream writes on the same tick of a grid of <itlUs>, as a batched decode step does.
 * staggered: each stream has its own phase. "max_tokens" of the request says how many tokens come.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_STREAMS 2048
#define MAX_TOKENS 4096
#define REQUEST_BYTES (1 << 20)

typedef struct {
  char id[80];
  int64_t arrival;
  int tokens, sent;
  int64_t *stamps; /* deadline, before, after for each token */
} Request;

typedef struct {
  int fd; /* -1: free */
  char *in;
  size_t have;
  Request *now; /* NULL between requests */
  int64_t due;
} Stream;

static Stream streams[MAX_STREAMS];
static int used;
static Request *requests;
static size_t requestCount, requestRoom;
static int64_t epochNs, ttftNs, itlNs;
static int burst, epfd, timer;
static volatile sig_atomic_t stopping;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec - epochNs;
}

static void on_stop(int sig) { (void)sig; stopping = 1; }

static void drop(Stream *s) {
  close(s->fd);
  s->fd = -1;
  s->now = NULL;
  s->have = 0;
}

static int put(Stream *s, const char *bytes, size_t n) {
  while (n > 0) {
    ssize_t w = send(s->fd, bytes, n, MSG_NOSIGNAL);
    if (w <= 0) { drop(s); return 0; }
    bytes += w;
    n -= (size_t)w;
  }
  return 1;
}

static size_t frame(char *out, const char *json) {
  size_t n = strlen(json) + 8;
  return (size_t)sprintf(out, "%zx\r\ndata: %s\n\n\r\n", n, json);
}

static const char *head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
static const char *chunkHead = "{\"id\":\"chatcmpl-%s\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,\"model\":\"pacing\",";

static void send_tail(Stream *s, Request *r) {
  char json[512], out[2048];
  size_t n = 0;
  int at = sprintf(json, chunkHead, r->id);
  sprintf(json + at, "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}");
  n += frame(out + n, json);
  sprintf(json + at, "\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":%d,\"total_tokens\":%d}}",
          r->tokens, r->tokens + 100);
  n += frame(out + n, json);
  n += frame(out + n, "[DONE]");
  n += (size_t)sprintf(out + n, "0\r\n\r\n");
  s->now = NULL;
  put(s, out, n);
}

/* Headers travel with the first token: that is how llama.cpp answers, and the harder case for a client. */
static void send_token(Stream *s) {
  Request *r = s->now;
  char json[512], out[1024];
  int at = sprintf(json, chunkHead, r->id);
  sprintf(json + at, "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" tok%d\"},\"finish_reason\":null}]}", r->sent);
  size_t n = r->sent == 0 ? (size_t)sprintf(out, "%s", head) : 0;
  n += frame(out + n, json);
  int64_t *stamp = r->stamps + 3 * r->sent;
  stamp[0] = s->due;
  stamp[1] = now_ns();
  if (!put(s, out, n)) return;
  stamp[2] = now_ns();
  r->sent++;
  s->due += itlNs;
  if (r->sent == r->tokens) send_tail(s, r);
}

static int64_t first_due(Stream *s, int64_t arrival) {
  int64_t due = arrival + ttftNs;
  if (burst) return (due / itlNs + 1) * itlNs;
  /* Multiples of the golden ratio spread any number of streams evenly over one interval. */
  double turn = (double)(s - streams) * 0.6180339887498949;
  return due + (int64_t)((turn - (double)(int64_t)turn) * (double)itlNs);
}

static void begin(Stream *s, const char *headers, const char *body, int64_t arrival) {
  if (requestCount == requestRoom) { fprintf(stderr, "engine: too many requests\n"); exit(1); }
  Request *r = &requests[requestCount];
  const char *id = strcasestr(headers, "\r\nx-request-id:");
  if (id == NULL || id >= body || sscanf(id + 15, " %79[^\r ]", r->id) != 1) sprintf(r->id, "request-%zu", requestCount);
  const char *max = strstr(body, "max_tokens\":");
  if (max == NULL) max = strstr(body, "max_completion_tokens\":");
  int tokens = max == NULL ? 32 : atoi(strchr(max, ':') + 1);
  r->tokens = tokens < 1 ? 1 : tokens > MAX_TOKENS ? MAX_TOKENS : tokens;
  r->stamps = calloc((size_t)r->tokens * 3, sizeof(int64_t));
  r->arrival = arrival;
  r->sent = 0;
  requestCount++;
  s->now = r;
  s->due = first_due(s, arrival);
}

static void plain(Stream *s, const char *body) {
  char out[512];
  int n = sprintf(out, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s", strlen(body), body);
  put(s, out, (size_t)n);
}

static void serve(Stream *s, int64_t arrival) {
  s->in[s->have] = 0;
  char *end = strstr(s->in, "\r\n\r\n");
  if (end == NULL) return;
  const char *length = strcasestr(s->in, "\r\ncontent-length:");
  size_t body = length != NULL && length < end ? (size_t)atol(length + 17) : 0;
  if (s->have < (size_t)(end + 4 - s->in) + body) return;
  s->have = 0;
  if (strncmp(s->in, "POST ", 5) == 0) begin(s, s->in, end + 4, arrival);
  else if (strncmp(s->in, "GET /v1/models", 14) == 0) plain(s, "{\"object\":\"list\",\"data\":[{\"id\":\"pacing\",\"object\":\"model\"}]}");
  else plain(s, "{\"status\":\"ok\"}");
}

static void read_stream(Stream *s) {
  ssize_t n = recv(s->fd, s->in + s->have, REQUEST_BYTES - 1 - s->have, MSG_DONTWAIT);
  int64_t arrival = now_ns();
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) { drop(s); return; }
  s->have += (size_t)n;
  serve(s, arrival);
}

static void accept_stream(int listener) {
  int fd = accept(listener, NULL, NULL), one = 1;
  if (fd < 0) return;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct timeval limit = {5, 0}; /* a client that stops reading must not stop the others for ever */
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  int i = 0;
  while (i < used && streams[i].fd >= 0) i++;
  if (i == MAX_STREAMS) { close(fd); return; }
  if (i == used) used++;
  Stream *s = &streams[i];
  s->fd = fd;
  s->have = 0;
  s->now = NULL;
  if (s->in == NULL) s->in = malloc(REQUEST_BYTES);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = s};
  epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &e);
}

/* Writes every token that is due; returns the next deadline, or -1 when no stream is open. */
static int64_t fire(void) {
  int64_t next = -1, now = now_ns();
  for (int i = 0; i < used; i++) {
    Stream *s = &streams[i];
    if (s->fd >= 0 && s->now != NULL && s->due <= now) send_token(s);
    if (s->fd >= 0 && s->now != NULL && (next < 0 || s->due < next)) next = s->due;
  }
  return next;
}

/* Sets the absolute timer; no polling before the deadline, which would take a core from the client. */
static int wait_ms(int64_t next) {
  struct itimerspec at = {0};
  if (next >= 0) {
    if (next <= now_ns()) return 0;
    at.it_value.tv_sec = (next + epochNs) / 1000000000;
    at.it_value.tv_nsec = (next + epochNs) % 1000000000;
  }
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
  return -1;
}

static void write_log(const char *path) {
  FILE *out = fopen(path, "w");
  if (out == NULL) { perror(path); exit(1); }
  for (size_t i = 0; i < requestCount; i++) {
    Request *r = &requests[i];
    fprintf(out, "%s %lld", r->id, (long long)r->arrival);
    for (int k = 0; k < 3 * r->sent; k++) fprintf(out, " %lld", (long long)r->stamps[k]);
    fputc('\n', out);
  }
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  fprintf(out, "# cpu %lld\n", (long long)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec + u.ru_stime.tv_usec);
  fclose(out);
}

static int listen_anywhere(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof a;
  if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 1024) < 0) { perror("engine: listen"); exit(1); }
  getsockname(fd, (struct sockaddr *)&a, &size);
  printf("port %d\n", ntohs(a.sin_port));
  fflush(stdout);
  return fd;
}

int main(int argc, char **argv) {
  if (argc != 6) { fprintf(stderr, "usage: engine epochNs ttftUs itlUs burst|staggered log\n"); return 2; }
  epochNs = atoll(argv[1]);
  ttftNs = atoll(argv[2]) * 1000;
  itlNs = atoll(argv[3]) * 1000;
  burst = strcmp(argv[4], "burst") == 0;
  requestRoom = 200000;
  requests = calloc(requestRoom, sizeof(Request));
  struct sigaction stop = {.sa_handler = on_stop};
  sigaction(SIGTERM, &stop, NULL);
  epfd = epoll_create1(0);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  int listener = listen_anywhere();
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &e);
  e.data.ptr = &timer;
  epoll_ctl(epfd, EPOLL_CTL_ADD, timer, &e);
  while (!stopping) {
    struct epoll_event events[256];
    int n = epoll_wait(epfd, events, 256, wait_ms(fire()));
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr == NULL) accept_stream(listener);
      else if (events[i].data.ptr == &timer) { uint64_t fired; if (read(timer, &fired, 8) < 0) continue; }
      else if (((Stream *)events[i].data.ptr)->fd >= 0) read_stream(events[i].data.ptr);
    }
  }
  write_log(argv[5]);
  return 0;
}
