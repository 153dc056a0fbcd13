// Constant evaluation: expressions whose scalar value is known when the program is compiled.
#ifndef QZ_SEMA_CONST_EVAL_H
#define QZ_SEMA_CONST_EVAL_H

#include "sema/sema.h"

// The value of a typed expression. False without a message when it is not constant; what would panic when the program
// runs (overflow, division by zero …) is reported as QZ0126.
bool const_eval(Program *program, AstNode *expression, ConstValue *out);

// The same before types are known, for the N of [T; N]: integers are Ints, and `lookup` gives the value of a name.
typedef bool ConstLookup(void *data, AstNode *name, ConstValue *out);
bool const_eval_untyped(Context *context, AstNode *expression, ConstLookup *lookup, void *data, ConstValue *out);

// A Unicode scalar value as UTF-8.
void const_append_char(Text *text, uint32_t c);

#endif
