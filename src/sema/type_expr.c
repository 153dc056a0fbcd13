// Types as written become types: names are looked up, type arguments counted, aliases followed.
#include <string.h>

#include "sema/internal.h"

static Type *error_type(Sema *sema) { return sema->types->basic[TYPE_ERROR]; }

// Basic types and the C aliases, or TYPE_KIND_COUNT.
static TypeKind basic_kind(Name name) {
  switch (name) {
    case NAME_Int: case NAME_I64: case NAME_CLong: return TYPE_INT;
    case NAME_I8: case NAME_CChar: return TYPE_I8;
    case NAME_I16: return TYPE_I16;
    case NAME_I32: case NAME_CInt: return TYPE_I32;
    case NAME_U8: return TYPE_U8;
    case NAME_U16: return TYPE_U16;
    case NAME_U32: return TYPE_U32;
    case NAME_U64: case NAME_CSize: return TYPE_U64;
    case NAME_F32: case NAME_CFloat: return TYPE_F32;
    case NAME_F64: case NAME_CDouble: return TYPE_F64;
    case NAME_Bool: return TYPE_BOOL;
    case NAME_Char: return TYPE_CHAR;
    case NAME_String: return TYPE_STRING;
    case NAME_Symbol: return TYPE_SYMBOL;
    case NAME_Void: return TYPE_VOID;
    default: return TYPE_KIND_COUNT;
  }
}

bool type_name_is_basic(Name name) {
  return basic_kind(name) != TYPE_KIND_COUNT || name == NAME_Ptr || name == NAME_CPtr;
}

static Type **list_types(Sema *sema, const TypeScope *scope, AstList *nodes) {
  Type **types = arena_array(sema->arena, Type *, AST_LIST_COUNT(nodes) + 1);
  uint32_t count = 0;
  for (AST_EACH(node, nodes)) types[count++] = type_expr(sema, scope, node);
  return types;
}

static bool check_arg_count(Sema *sema, const AstNode *node, uint32_t given, uint32_t wanted) {
  if (given == wanted) return true;
  diag_report(sema->context->diags, QZ0127, node->span, "%s takes %u type argument%s, %u given",
              name_text(sema->context->names, node->type_name.name), wanted, wanted == 1 ? "" : "s", given);
  return false;
}

static Type *trait_as_type(Sema *sema, const AstNode *node, const TypeDecl *decl) {
  const char *name = name_text(sema->context->names, decl->name);
  Diag *diag = diag_report(sema->context->diags, QZ0110, node->span, "%s is a trait, not a type", name);
  diag_help(sema->context->diags, diag, "write `impl %s`, or a type parameter with this bound", name);
  return error_type(sema);
}

static Type *decl_type(Sema *sema, const TypeScope *scope, AstNode *node, TypeDecl *decl) {
  if (decl->kind == AST_TRAIT) return trait_as_type(sema, node, decl);
  uint32_t given = AST_LIST_COUNT(node->type_name.args);
  if (!check_arg_count(sema, node, given, decl->param_count)) return error_type(sema);
  Type **args = list_types(sema, scope, node->type_name.args);
  switch ((int)decl->kind) {
    case AST_STRUCT: return type_nominal(sema->types, TYPE_STRUCT, decl, args, given);
    case AST_ENUM: return type_nominal(sema->types, TYPE_ENUM, decl, args, given);
    case AST_NEWTYPE: return type_nominal(sema->types, TYPE_NEWTYPE, decl, args, given);
    case AST_TYPE_ALIAS:
      decl_resolve_type(sema, decl);
      return decl->aliased ? substitute(sema, decl->aliased, type_args_intern(sema, args, given)) : error_type(sema);
    default: break;
  }
  return error_type(sema);
}

static const char *similar_type(Sema *sema, const TypeScope *scope, Name wanted) {
  static const Name basic[] = {NAME_Int, NAME_Bool, NAME_Char, NAME_F64, NAME_F32, NAME_String, NAME_Symbol, NAME_Void};
  uint32_t basic_count = sizeof basic / sizeof *basic;
  Name *names = arena_array(sema->arena, Name, basic_count + scope->param_count);
  memcpy(names, basic, sizeof basic);
  for (uint32_t i = 0; i < scope->param_count; i++) names[basic_count + i] = scope->params[i]->param.name;
  const char *similar = closest_name(sema->context, wanted, names, basic_count + scope->param_count);
  return similar ? similar : suggest(sema, scope->module, wanted);
}

static Type *unknown_type(Sema *sema, const TypeScope *scope, AstNode *node) {
  Name name = node->type_name.name;
  Diag *diag = diag_report(sema->context->diags, QZ0110, node->span, "unknown type %s",
                           name_text(sema->context->names, name));
  const char *similar = similar_type(sema, scope, name);
  if (similar) diag_help(sema->context->diags, diag, "did you mean `%s`?", similar);
  return error_type(sema);
}

static Type *pointer_type(Sema *sema, const TypeScope *scope, AstNode *node) {
  if (!check_arg_count(sema, node, AST_LIST_COUNT(node->type_name.args), 1)) return error_type(sema);
  return type_ptr(sema->types, type_expr(sema, scope, node->type_name.args->items[0]));
}

// A type that needs no module: a type parameter, Self, a basic type, Ptr<T>. NULL: none of them.
static Type *known_type(Sema *sema, const TypeScope *scope, AstNode *node) {
  Name name = node->type_name.name;
  for (uint32_t i = scope->param_count; i-- > 0;)
    if (scope->params[i]->param.name == name) return scope->params[i];
  if (name == NAME_Self) return scope->self_type;
  if (name == NAME_Ptr) return pointer_type(sema, scope, node);
  if (name == NAME_CPtr) return type_ptr(sema->types, sema->types->basic[TYPE_U8]);
  TypeKind kind = basic_kind(name);
  if (kind == TYPE_KIND_COUNT) return NULL;
  return check_arg_count(sema, node, AST_LIST_COUNT(node->type_name.args), 0) ? sema->types->basic[kind]
                                                                             : error_type(sema);
}

// What a TYPE_NAME refers to in the module's scope, or NULL.
static Symbol *named_symbol(Sema *sema, const TypeScope *scope, AstNode *node) {
  AstNode *outer = node->type_name.scope;
  if (!outer) return module_symbol(sema, scope->module, node, node->type_name.name, USE_TYPE);
  if (outer->kind != AST_TYPE_NAME || outer->type_name.scope) return NULL;
  Module *module = module_imported(sema, scope->module, outer->type_name.name, outer->expansion);
  return module ? module_member(sema, module, node->type_name.name, scope->module, node->span) : NULL;
}

static Type *name_type(Sema *sema, const TypeScope *scope, AstNode *node) {
  if (!node->type_name.scope) {
    Type *known = known_type(sema, scope, node);
    if (known) return known;
  }
  Symbol *symbol = named_symbol(sema, scope, node);
  if (!symbol || symbol->kind != SYMBOL_TYPE) return unknown_type(sema, scope, node);
  return decl_type(sema, scope, node, symbol->type);
}

static Type *fn_type(Sema *sema, const TypeScope *scope, AstNode *node) {
  Type **params = list_types(sema, scope, node->type_fn.params);
  Type *result = node->type_fn.result ? type_expr(sema, scope, node->type_fn.result) : sema->types->basic[TYPE_VOID];
  return type_fn(sema->types, params, AST_LIST_COUNT(node->type_fn.params), result);
}

static Type *record_type(Sema *sema, const TypeScope *scope, AstNode *node) {
  FieldInfo *fields = arena_array(sema->arena, FieldInfo, AST_LIST_COUNT(node->type_record.fields) + 1);
  uint32_t count = 0;
  for (AST_EACH(field, node->type_record.fields))
    fields[count++] = (FieldInfo){field->field_decl.name, type_expr(sema, scope, field->field_decl.type), NULL};
  return type_record(sema->types, fields, count);
}

static Type *array_type(Sema *sema, const TypeScope *scope, AstNode *node) {
  Type *element = type_expr(sema, scope, node->type_array.element);
  uint64_t count = 0;
  if (!array_count(sema, scope->module, node->type_array.count, &count)) return error_type(sema);
  return type_array(sema->types, element, count);
}

// `impl Trait` as a parameter's type is one more type parameter with that bound.
static Type *impl_type(Sema *sema, const TypeScope *scope, AstNode *node) {
  if (scope->implicit) return scope->implicit(scope, node, scope->implicit_data);
  diag_report(sema->context->diags, QZ0014, node->span, "`impl Trait` may stand for a parameter or a result only");
  return error_type(sema);
}

static Type *unsupported(Sema *sema, AstNode *node, const char *what) {
  diag_report(sema->context->diags, QZ0019, node->span, "%s are not supported yet", what);
  return error_type(sema);
}

static Type *compute(Sema *sema, const TypeScope *scope, AstNode *node) {
  switch ((int)node->kind) {
    case AST_TYPE_NAME: return name_type(sema, scope, node);
    case AST_TYPE_FN: return fn_type(sema, scope, node);
    case AST_TYPE_BORROW:
      return type_borrow(sema->types, type_expr(sema, scope, node->type_borrow.inner), node->type_borrow.is_mutable);
    case AST_TYPE_TUPLE: {
      AstList *list = node->type_tuple.elements;
      return type_tuple(sema->types, list_types(sema, scope, list), AST_LIST_COUNT(list));
    }
    case AST_TYPE_RECORD: return record_type(sema, scope, node);
    case AST_TYPE_ARRAY: return array_type(sema, scope, node);
    case AST_TYPE_UNION: {
      AstList *list = node->type_union.types;
      return type_union(sema->types, list_types(sema, scope, list), AST_LIST_COUNT(list));
    }
    case AST_TYPE_INTERSECTION: return unsupported(sema, node, "intersection types");
    case AST_TYPE_NEVER: return sema->types->basic[TYPE_NEVER];
    case AST_TYPE_IMPL: return impl_type(sema, scope, node);
    default: return error_type(sema);
  }
}

Type *type_expr(Sema *sema, const TypeScope *scope, AstNode *node) { return node->type = compute(sema, scope, node); }

bool trait_expr(Sema *sema, const TypeScope *scope, AstNode *node, TraitRef *out) {
  Symbol *symbol = node->kind == AST_TYPE_NAME ? named_symbol(sema, scope, node) : NULL;
  if (!symbol || symbol->kind != SYMBOL_TYPE || symbol->type->kind != AST_TRAIT) {
    diag_report(sema->context->diags, QZ0406, node->span, "unknown trait %.*s",
                (int)(node->span.end - node->span.start), source_text(sema->context->sources, node->span));
    return false;
  }
  AstList *args = node->type_name.args;
  // Self is parameter 0 of a trait; the others are written.
  if (!check_arg_count(sema, node, AST_LIST_COUNT(args), symbol->type->param_count - 1)) return false;
  *out =
      (TraitRef){symbol->type, type_args_intern(sema, list_types(sema, scope, args), AST_LIST_COUNT(args)), node->span};
  return true;
}

TypeDecl *prelude_type(Sema *sema, Name name) {
  Symbol *symbol = map_get(&sema->prelude_symbols, name);
  return symbol && symbol->kind == SYMBOL_TYPE ? symbol->type : NULL;
}

Type *type_named(Sema *sema, Name name, Type *const *args, uint32_t count) {
  TypeDecl *decl = prelude_type(sema, name);
  if (!decl || decl->param_count != count) {
    diag_report(sema->context->diags, QZ0110, (Span){0, 0}, "the prelude does not define %s with %u type parameters",
                name_text(sema->context->names, name), count);
    return error_type(sema);
  }
  return type_nominal(sema->types, decl->kind == AST_ENUM ? TYPE_ENUM : TYPE_STRUCT, decl, args, count);
}

// ── Counts of arrays ────────────────────────────────────────────────────────────────────────────────────────────
typedef struct CountScope {
  Sema *sema;
  Module *module;
  uint32_t depth;  // constants that refer to constants
} CountScope;

static bool constant_named(void *data, AstNode *name, ConstValue *out) {
  CountScope *scope = data;
  Symbol *symbol = name->kind == AST_IDENT
                       ? module_symbol(scope->sema, scope->module, name, name->ident.name, USE_ANY)
                       : NULL;
  if (!symbol || symbol->kind != SYMBOL_GLOBAL || !symbol->global->is_const || scope->depth > 100) return false;
  CountScope inner = {scope->sema, symbol->module, scope->depth + 1};
  return const_eval_untyped(scope->sema->context, symbol->global->node->const_.value, constant_named, &inner, out);
}

bool array_count(Sema *sema, Module *module, AstNode *node, uint64_t *count) {
  CountScope scope = {sema, module, 0};
  ConstValue value;
  bool is_known = const_eval_untyped(sema->context, node, constant_named, &scope, &value) && value.kind == CONST_INT;
  if (is_known && value.integer >= 0 && value.integer <= UINT32_MAX) {
    *count = (uint64_t)value.integer;
    return true;
  }
  diag_report(sema->context->diags, QZ0117, node->span, "the size of an array is a constant from 0 to 4294967295");
  return false;
}
