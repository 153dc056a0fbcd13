// What the parts of mir_check share. Each gives its verdict through mir_check_fail, which keeps the first one.
#ifndef QZ_MIR_CHECK_H
#define QZ_MIR_CHECK_H

#include "mir/cfg.h"

typedef struct MirChecker {
  const MirModule *module;
  const MirFunction *function;
  Arena scratch;  // of one function
  Text *why;
  bool failed;
  MirBlockId block;
  uint32_t stmt;
} MirChecker;

void mir_check_fail(MirChecker *c, int rule, const char *format, ...) __attribute__((format(printf, 3, 4)));
const char *mir_check_type_text(MirChecker *c, const MirType *type);
// May a value of type `have` stand where `want` is wanted? Equal, or pointers of which one does not say to what.
bool mir_check_type_fits(const MirType *want, const MirType *have);

void mir_check_stmt(MirChecker *c, const MirStmt *stmt);        // check_stmt.c: rule 1 and who owns what (rule 5)
void mir_check_intrinsic(MirChecker *c, const MirStmt *stmt);   // check_stmt.c
void mir_check_flow(MirChecker *c);                             // check_flow.c: rules 2, 3 and 4

#endif
