// A picture of all tasks and actors: what each does, what it waits for, its stack. It is taken while nobody else runs
// (all workers sleep, or are paused: pause.h); that asks for no memory and takes no lock. Words are made of it after.
#ifndef QZ_SCHED_SURVEY_H
#define QZ_SCHED_SURVEY_H

#include "runtime/sched/site.h"
#include "runtime/sched/waits.h"

typedef enum QzSeenWhat { QZ_SEEN_MAIN, QZ_SEEN_TASK, QZ_SEEN_ACTOR } QzSeenWhat;

typedef enum QzSeenState {
  QZ_SEEN_RUNS,
  QZ_SEEN_READY,     // in a queue, or about to be
  QZ_SEEN_TO_BEGIN,  // the same, and nothing of it has run
  QZ_SEEN_WAITS,
  QZ_SEEN_RESTS,     // an actor without messages
} QzSeenState;

// What is waited for.
typedef struct QzSeenWait {
  QzWaits what;
  uint32_t room, size;  // of a channel
  QzSite site;          // of the task that is waited for
  const char *actor;    // and of the actor, its kind
  uint64_t id;
  int fd;
} QzSeenWait;

typedef struct QzSeen {
  QzSeenWhat what;
  QzSeenState state;
  const void *who;     // the task or actor
  const char *kind;    // of an actor
  uint64_t id;
  uint32_t restarts, mailbox;
  QzSite site;
  uint32_t worker;     // that runs it
  QzSeenWait wait;
  uint32_t case_count, stack_size;
  const QzSeenWait *cases;  // of a select
  void **stack;
} QzSeen;

typedef struct QzSurvey {
  QzSeen *seen;
  uint32_t size, room;
  uint32_t workers;
  void *memory;
  size_t memory_size;
  char *next, *end;    // of memory for stacks and cases
} QzSurvey;

// Before: asks for the memory. False: there is none.
bool qz_survey_begin(QzSurvey *survey);
void qz_survey_take(QzSurvey *survey);  // while nobody runs
void qz_survey_take_worker(QzSurvey *survey, uint32_t number);  // only what runs there
void qz_survey_end(QzSurvey *survey);   // gives the memory back
// Main, tasks, actors; tasks in the order of the places where they were started. Outside of pauses.
void qz_survey_sort(QzSurvey *survey);

// In words, e.g. `task started at a.qz:5`; `recv on a channel (room for 3, 3 in it)`. Cut where there is no more room.
void qz_seen_name(const QzSeen *seen, char *text, size_t room);
void qz_seen_waits(const QzSeen *seen, char *text, size_t room);
// One to a paragraph: the name, what it does, the stack; to standard error.
void qz_seen_print(const QzSeen *seen);

#endif
