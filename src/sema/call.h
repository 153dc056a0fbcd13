// What the files that check calls share.
#ifndef QZ_SEMA_CALL_H
#define QZ_SEMA_CALL_H

#include "sema/method.h"

typedef struct Arguments {
  AstNode *node;      // the call, for messages
  AstNode *receiver;  // typed already; argument 0, or NULL
  AstList *list;
  AstNode *block;
  bool is_typed;      // the arguments in `list` too
} Arguments;

// argument.c
Type *call_function(Checker *checker, Function *function, Type **type_args, const Arguments *arguments, Type *expected);
// Can the types of the arguments be known before the function is? Not those of lambdas.
bool arguments_are_plain(const Arguments *arguments);

// call.c
CallInfo *new_call(Checker *checker, CallKind kind, AstNode **args, uint32_t count);
Type *call_closure(Checker *checker, AstNode *node, AstNode *callee, Type *type, AstList *list, AstNode *block);
Type *call_variant(Checker *checker, AstNode *node, Type *type, const VariantInfo *variant, AstList *list,
                   Type *expected);
void mark_type(Checker *checker, AstNode *node, Type *type);  // `node` names a type or function: it has no value
// Explicit type arguments are the function's own; those of its impl or trait follow from the receiver.
void bind_explicit(Checker *checker, AstNode *node, Function *function, Type **type_args, AstList *given);

#endif
