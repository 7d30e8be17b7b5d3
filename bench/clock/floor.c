/*
 * The floor: what a client costs that does nothing but read sockets. One thread, epoll, the same closed loop
 * as the Node clients: one connection a stream, the next request as soon as the last one ended. Every read is
 * stamped right after recv returns and kept; nothing is parsed before the response has ended. A request's sent stamp is
 * taken right before send, as in every client here that can: after it, the engine may have run already.
 *
 * usage: floor <port> <streams> <requests> <warmup> <tokens> <spreadMs> <epochNs> <prefix> <out>
 *
 * Writes one line a request: <prefix>-<stream>-<n> <call> <sent> <stamp of each token ...>, and
 * "# cpu <microseconds>" and "# tokens <n>" of the part after the warm-up and "# total <cpu microseconds>" of all.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RESPONSE_BYTES (1 << 18)
#define MAX_READS 1024

typedef struct {
  int64_t call, sent;
  int64_t *stamps;
  int tokens;
} Done;

typedef struct {
  int fd, index, asked, limit; /* limit: requests to make in this phase */
  char in[RESPONSE_BYTES];
  size_t have;
  int reads;
  int64_t at[MAX_READS];
  size_t upTo[MAX_READS];
  int64_t call, sent, startAt;
  Done *done;
} Stream;

static int64_t epochNs;
static int port, streamCount, requestCount, warmup, tokens, spreadMs, epfd, idle;
static const char *prefix;
static Stream *streams;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec - epochNs;
}

static int64_t cpu_us(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static void ask(Stream *s) {
  char body[1024], out[2048];
  s->call = now_ns();
  int n = sprintf(body,
    "{\"model\":\"pacing\",\"messages\":[{\"role\":\"user\",\"content\":\"Say something long about clocks, tides and the "
    "people who kept both.\"}],\"max_tokens\":%d,\"stream\":true,\"stream_options\":{\"include_usage\":true},\"temperature\":0}",
    tokens);
  n = sprintf(out,
    "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: application/json\r\n"
    "accept: text/event-stream\r\nx-request-id: %s-%d-%d\r\ncontent-length: %d\r\n\r\n%s",
    port, prefix, s->index, s->asked, n, body);
  s->have = 0;
  s->reads = 0;
  s->sent = now_ns();
  if (send(s->fd, out, (size_t)n, MSG_NOSIGNAL) != n) { perror("floor: send"); exit(1); }
}

/* A token's stamp is that of the read that brought the end of its event. */
static void keep(Stream *s) {
  Done *d = &s->done[s->asked];
  d->call = s->call;
  d->sent = s->sent;
  d->stamps = malloc(sizeof(int64_t) * (size_t)tokens);
  d->tokens = 0;
  s->in[s->have] = 0;
  int read = 0;
  for (char *p = s->in; (p = strstr(p, "\"content\":\"")) != NULL && d->tokens < tokens; ) {
    p = strstr(p, "\n\n");
    if (p == NULL) break;
    while (s->upTo[read] < (size_t)(p + 2 - s->in)) read++;
    d->stamps[d->tokens++] = s->at[read];
  }
}

static void take(Stream *s) {
  ssize_t n = recv(s->fd, s->in + s->have, RESPONSE_BYTES - 1 - s->have, MSG_DONTWAIT);
  int64_t at = now_ns();
  if (n <= 0 || s->reads == MAX_READS) { fprintf(stderr, "floor: the engine closed a stream\n"); exit(1); }
  s->have += (size_t)n;
  s->at[s->reads] = at;
  s->upTo[s->reads++] = s->have;
  if (s->have < 5 || memcmp(s->in + s->have - 5, "0\r\n\r\n", 5) != 0) return;
  keep(s);
  s->asked++;
  if (s->asked < s->limit) ask(s);
  else idle++;
}

/* Runs every stream up to `limit` requests; the first ones start spread over spreadMs. */
static void phase(int limit) {
  int64_t from = now_ns();
  int waiting = streamCount;
  idle = 0;
  for (int i = 0; i < streamCount; i++) {
    streams[i].limit = limit;
    streams[i].startAt = from + (int64_t)spreadMs * 1000000 * i / streamCount;
  }
  while (idle < streamCount) {
    for (int i = streamCount - waiting; i < streamCount && streams[i].startAt <= now_ns(); i++, waiting--) ask(&streams[i]);
    struct epoll_event events[256];
    int n = epoll_wait(epfd, events, 256, waiting > 0 ? 1 : -1);
    for (int i = 0; i < n; i++) take(events[i].data.ptr);
  }
}

static void open_streams(void) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (int i = 0; i < streamCount; i++) {
    Stream *s = &streams[i];
    int one = 1;
    s->index = i;
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s->fd, (struct sockaddr *)&a, sizeof a) < 0) { perror("floor: connect"); exit(1); }
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    s->done = calloc((size_t)requestCount, sizeof(Done));
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = s};
    epoll_ctl(epfd, EPOLL_CTL_ADD, s->fd, &e);
  }
}

static void write_out(const char *path, int64_t cpu) {
  FILE *out = fopen(path, "w");
  if (out == NULL) { perror(path); exit(1); }
  long long count = 0;
  for (int i = 0; i < streamCount; i++) {
    for (int k = 0; k < requestCount; k++) {
      Done *d = &streams[i].done[k];
      fprintf(out, "%s-%d-%d %lld %lld", prefix, i, k, (long long)d->call, (long long)d->sent);
      for (int t = 0; t < d->tokens; t++) fprintf(out, " %lld", (long long)d->stamps[t]);
      fputc('\n', out);
      if (k >= warmup) count += d->tokens;
    }
  }
  fprintf(out, "# cpu %lld\n# tokens %lld\n# total %lld\n", (long long)cpu, count, (long long)cpu_us());
  fclose(out);
}

int main(int argc, char **argv) {
  if (argc != 10) { fprintf(stderr, "usage: floor port streams requests warmup tokens spreadMs epochNs prefix out\n"); return 2; }
  port = atoi(argv[1]);
  streamCount = atoi(argv[2]);
  requestCount = atoi(argv[3]);
  warmup = atoi(argv[4]);
  tokens = atoi(argv[5]);
  spreadMs = atoi(argv[6]);
  epochNs = atoll(argv[7]);
  prefix = argv[8];
  streams = calloc((size_t)streamCount, sizeof(Stream));
  epfd = epoll_create1(0);
  open_streams();
  phase(warmup);
  int64_t cpu = cpu_us();
  phase(requestCount);
  write_out(argv[9], cpu_us() - cpu);
  return 0;
}
