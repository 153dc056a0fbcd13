// Workers: the driver does its work in child processes and only watches over them. So a crash of the compiler, a
// program that hangs and a ^C in the middle all end the same way: the watcher cleans up and says what happened.
#ifndef QZ_DRIVER_WORKER_H
#define QZ_DRIVER_WORKER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct Watch {
  sigset_t before;  // the signal mask that workers get back
} Watch;

// From here on the signals that end a process wait until watch_next takes them.
void watch_begin(Watch *watch);
void watch_end(const Watch *watch);

typedef enum WatchEventKind { WATCH_ENDED, WATCH_SIGNAL, WATCH_TIMEOUT } WatchEventKind;

typedef struct WatchEvent {
  WatchEventKind kind;
  pid_t pid;   // ENDED
  int status;  // ENDED: as a shell would give it, 128 + n after signal n; SIGNAL: its number
  bool is_shared;   // SIGNAL: from the terminal, so every process of our group got it
} WatchEvent;

// The next thing that happens; seconds < 0: no time limit.
WatchEvent watch_next(const Watch *watch, double seconds);

typedef int WorkerBody(void *data);

typedef struct WorkerOptions {
  bool is_apart;      // a process group of its own, nothing on standard input
  const char *output; // NULL, or the file that takes standard output and error
} WorkerOptions;

// Runs body(data) in a child process, whose status it gives. -1: the system has no more processes.
pid_t worker_start(const Watch *watch, WorkerBody *body, void *data, const WorkerOptions *options);
// Sends a signal to a worker and, when it is apart, to everything it started.
void worker_signal(pid_t pid, const WorkerOptions *options, int signal);

// Runs body(data) in a child and waits for it, handing on the signals that this process gets. Its status.
int worker_run(WorkerBody *body, void *data);

// Runs body(data) in `count` children side by side and waits for all of them. The largest of their statuses. What ends
// this process ends them.
int worker_run_all(WorkerBody *body, void *data, int count);

int processor_count(void);  // those this process may use
double clock_seconds(void);

#endif
