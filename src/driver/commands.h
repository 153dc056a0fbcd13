// The commands. Each gives the exit status of the process.
#ifndef QZ_DRIVER_COMMANDS_H
#define QZ_DRIVER_COMMANDS_H

#include "driver/options.h"

int command_build(const Options *options);
int command_run(const Options *options);
int command_check(const Options *options);
int command_test(const Options *options);
int command_fmt(const Options *options);
int command_explain(const Options *options);

#endif
