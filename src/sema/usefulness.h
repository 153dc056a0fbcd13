// Match usefulness: which values no arm covers, and which arms no value reaches.
//
// The method is Maranget's ("Warnings for pattern matching", JFP 2007), computed once for all arms: each row of the
// matrix learns whether it is useful while the witnesses of what is missing are put together.
#ifndef QZ_SEMA_USEFULNESS_H
#define QZ_SEMA_USEFULNESS_H

#include "sema/sema.h"

// Reports QZ0107 and QZ0108 for a MATCH whose patterns are typed. Says nothing where a type is already in error.
void sema_match_check(Program *program, AstNode *match);

// Does the pattern fit every value of the type? If not, `*witness` shows one that it misses.
bool sema_pattern_irrefutable(Program *program, AstNode *pattern, Type *type, const char **witness);

#endif
