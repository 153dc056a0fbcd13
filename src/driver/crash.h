// Internal errors: what the compiler says when it is the compiler that fails.
#ifndef QZ_DRIVER_CRASH_H
#define QZ_DRIVER_CRASH_H

#include "driver/compiler.h"

enum { STATUS_ERRORS = 1, STATUS_USAGE = 2, STATUS_INTERNAL = 70 };

// From here on a crash of this thread (bad memory access, failed assertion, stack overflow) is reported with what the
// compiler was at and ends the process with STATUS_INTERNAL.
void crash_guard(const Compiler *compiler);
// The same report, when a checker found out before anything crashed. Gives STATUS_INTERNAL.
int crash_report(const Compiler *compiler, const char *what, const char *why);

#endif
