// A dump of all tasks and actors, while the program goes on: text to standard error, or JSON, there or to a file, as
// QUARTZ_DUMP says (`json`, or the file's path).
#ifndef QZ_SCHED_DUMP_H
#define QZ_SCHED_DUMP_H

void qz_dump(void);  // by the monitor, or by a task

#endif
