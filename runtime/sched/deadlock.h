// What is said when every task waits and nothing can wake one of them.
#ifndef QZ_SCHED_DEADLOCK_H
#define QZ_SCHED_DEADLOCK_H

// By the worker that found out, while all others sleep. Ends the program.
_Noreturn void qz_deadlock_report(void);

#endif
