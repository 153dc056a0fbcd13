// Leaked tasks: main has ended, the actors are stopped, and a task waits that nobody is left to wake. They are told if
// QUARTZ_TASKS=leaks wants it.
#ifndef QZ_SCHED_LEAKS_H
#define QZ_SCHED_LEAKS_H

void qz_leaks_report(void);  // by main, when it has ended

#endif
