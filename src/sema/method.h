// Which methods a type has, and which traits it satisfies: by its impls (method.c), or by its structure (derive.c).
#ifndef QZ_SEMA_METHOD_H
#define QZ_SEMA_METHOD_H

#include "sema/internal.h"

typedef struct MethodMatch {
  Function *function;
  Type **type_args;  // for all type parameters; unknown ones are fresh VARs
  Function *rival;   // a method that fits as well: the call is ambiguous
  const Method *method;  // the one of these that was found; NULL: of no impl
  const Method *candidates;
} MethodMatch;
// The method `name` of a type: of its impls, derived, or a default method of a trait it satisfies. Binds variables of
// the receiver only where the method needs it. `is_static`: a function without self.
bool method_find(Checker *checker, Type *receiver, Name name, bool is_static, MethodMatch *out);
// Of impls of one trait with different arguments (From<A>, From<B>) the one that the arguments and the wanted result
// fit. `args` go to the parameters behind self; `expected` may be NULL.
void method_choose(Checker *checker, Type *receiver, const TypeList *args, Type *expected, MethodMatch *found);
bool method_has_siblings(const MethodMatch *found);
bool trait_satisfied(Checker *checker, Type *type, TraitRef trait, Span span);  // reports QZ0400
bool trait_holds(Checker *checker, Type *type, TraitRef trait);                 // does not
// What a bound asks for where `args` are the type arguments.
TraitRef bound_trait(Checker *checker, const Bound *bound, TypeList *args);
// What a bound's type is known to be often decides the bound's own arguments: U in `zip<J: Iterator<U>, U>(other: J)`.
void infer_from_bounds(Checker *checker, const BoundVec *bounds, TypeList *args);
// The method of an impl that the compiler calls: `drop` of Drop, which nothing else may call; `cross` of Send.
bool method_find_drop(Checker *checker, Type *type, MethodMatch *out);
bool method_find_cross(Checker *checker, Type *type, MethodMatch *out);
bool impl_method_fits(Checker *checker, Impl *impl, Function *given, Function *required);
bool impl_has_method(Checker *checker, Impl *impl, Function *required);
void method_register(Sema *sema, Impl *impl);
void method_register_trait(Sema *sema, TypeDecl *trait);
void method_register_constant(Sema *sema, const Impl *impl, Global *global);
Global *method_find_constant(Sema *sema, const Type *type, Name name);  // Int.MAX; or NULL
uint64_t method_head(const Type *type);  // the same for all types that one impl can be for

// send.c
bool send_holds(Checker *checker, Type *type);  // may a value of it cross from one task to another?
void send_explain(Checker *checker, Type *type, Diag *diag);  // which part of it may not

// derive.c
// Writes an impl with this method for the type's declaration, if it is one that types have structurally: op_eq, op_lt,
// hash, show, clone; inspect of unions. False: it is not, or was written before.
bool derive_method(Checker *checker, Type *type, Name method);
bool derived_fits(Checker *checker, Type *type, Name method);  // do the parts of this type have the method too?
Type *union_obstacle(Checker *checker, const Type *type, Name method);  // the member that lacks it, or NULL

#endif
