// Where tasks and actors were started: a number for each chain of calls that led there, which is kept with what was
// started and is turned into a place of the program only when somebody asks. A start costs a few loads.
#ifndef QZ_SCHED_SITE_H
#define QZ_SCHED_SITE_H

#include "runtime/qz_runtime.h"

typedef uint32_t QzSite;  // 0: not known

// Of the function whose frame it is: who called that. The innermost place outside the library is meant, but so many
// functions outside of its core are passed over first: an actor is started by its constructor.
QzSite qz_site_of(const void *frame, uint32_t skipped);
#define QZ_SITE_HERE(skipped) qz_site_of(__builtin_frame_address(0), skipped)

// Where that is in the program. False: it is not known.
bool qz_site_place(QzSite site, QzPlace *place);

// An interpreted program has no frames of its own: its interpreter knows where it stands.
typedef struct QzInterpreter {
  QzPlace (*place)(const void *self, uint32_t skipped);
  const void *self;
} QzInterpreter;
extern QzInterpreter qz_interpreter;  // place NULL: the program is compiled

#endif
