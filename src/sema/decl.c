// Declarations: their names go into the module's scope at once; what they say (field types, signatures, alias targets)
// is resolved when it is first asked for, so that declarations and modules may refer to each other in any order.
#include <string.h>

#include "sema/method.h"

// ── Scopes of modules ───────────────────────────────────────────────────────────────────────────────────────────
static void define(Sema *sema, Module *module, Symbol symbol) {
  symbol.span = name_span(sema->context, symbol.span, symbol.name);
  Symbol *before = map_get(&module->symbols, symbol.name);
  // A variant gives way to anything else of its name; two enums may share a variant's name.
  if (before && symbol.kind == SYMBOL_VARIANT) return;
  if (before && before->kind != SYMBOL_VARIANT) {
    Diag *diag = diag_report(sema->context->diags, QZ0103, symbol.span, "%s is defined twice",
                             name_text(sema->context->names, symbol.name));
    diag_note(sema->context->diags, diag, before->span, "first defined here");
    return;
  }
  Symbol *kept = arena_new(sema->arena, Symbol);
  *kept = symbol;
  kept->module = module;
  map_put(sema->arena, &module->symbols, symbol.name, kept);
}

static Type **declare_type_params(Sema *sema, AstList *nodes, uint32_t first, uint32_t *count) {
  Type **params = arena_array(sema->arena, Type *, AST_LIST_COUNT(nodes) + 1);
  *count = 0;
  for (AST_EACH(node, nodes)) {
    params[*count] = type_param(sema->types, node->type_param.name, first + *count, NULL);
    ++*count;
  }
  return params;
}

static TypeDecl *new_type_decl(Sema *sema, Module *module, AstNode *node, Name name, AstList *type_params) {
  TypeDecl *decl = arena_new(sema->arena, TypeDecl);
  *decl = (TypeDecl){.kind = node->kind, .name = name, .module = module, .node = node};
  decl->params = declare_type_params(sema, type_params, 0, &decl->param_count);
  return decl;
}

static void define_type(Sema *sema, Module *module, TypeDecl *decl, bool is_private) {
  define(sema, module, (Symbol){.kind = SYMBOL_TYPE, .name = decl->name, .span = decl->node->span,
                                .is_private = is_private, .type = decl});
}

// ── Functions ───────────────────────────────────────────────────────────────────────────────────────────────────
static bool has_patterns(const AstNode *function) {
  for (AST_EACH(param, function->function.params))
    if (param->param.pattern) return true;
  return false;
}

static IntrinsicId find_intrinsic(Sema *sema, const AstNode *node) {
  IntrinsicId id = intrinsic_find(name_text(sema->context->names, node->function.name));
  if (!id)
    diag_report(sema->context->diags, QZ0013, node->span, "there is no intrinsic %s",
                name_text(sema->context->names, node->function.name));
  return id;
}

static Function *new_function(Sema *sema, Module *module, AstNode *node) {
  Function *function = arena_new(sema->arena, Function);
  AstList *attributes = node->function.attributes;
  *function = (Function){.name = node->function.name, .module = module, .node = node,
                         .is_c_abi = node->function.abi == NAME_C, .is_variadic = node->function.is_variadic,
                         .is_test = attribute_find(sema, attributes, "test") != NULL,
                         .is_inline = attribute_find(sema, attributes, "inline") != NULL,
                         .is_cold = attribute_find(sema, attributes, "cold") != NULL,
                         .is_unbroken = attribute_find(sema, attributes, "no_preempt") != NULL,
                         .is_must_use = attribute_find(sema, attributes, "must_use") != NULL,
                         .sends = attribute_find(sema, attributes, "sends") != NULL,
                         .guards = attribute_find(sema, attributes, "guards") != NULL};
  if (attribute_find(sema, attributes, "intrinsic")) {
    function->kind = FUNCTION_INTRINSIC;
    function->intrinsic = find_intrinsic(sema, node);
  } else if (node->function.abi && !node->function.body) {
    function->kind = FUNCTION_EXTERN;
  }
  function->details = arena_new(sema->arena, Signature);
  return function;
}

// Adjacent clauses of one name: `def fact(0) = 1` and `def fact(n: Int): Int = …` become one function whose body
// matches on its parameters.
static AstNode *clause_ident(Sema *sema, Name name, Span span) {
  AstNode *ident = ast_node(sema->arena, AST_IDENT, span);
  ident->ident.name = name;
  return ident;
}

static AstNode *clause_tuple(Sema *sema, AstKind kind, AstNode **items, uint32_t count, Span span) {
  if (count == 1) return items[0];
  AstNode *tuple = ast_node(sema->arena, kind, span);
  AstList *list = ast_list(sema->arena, items, count);
  if (kind == AST_TUPLE) tuple->tuple.elements = list;
  else tuple->pat_tuple.patterns = list;
  return tuple;
}

static AstNode *clause_pattern(Sema *sema, AstNode *clause) {
  AstNode **patterns = arena_array(sema->arena, AstNode *, AST_LIST_COUNT(clause->function.params) + 1);
  uint32_t count = 0;
  for (AST_EACH(param, clause->function.params)) {
    AstNode *pattern = param->param.pattern;
    if (!pattern) {
      pattern = ast_node(sema->arena, AST_PAT_BIND, param->span);
      pattern->pat_bind.name = param->param.name;
    }
    patterns[count++] = pattern;
  }
  return clause_tuple(sema, AST_PAT_TUPLE, patterns, count, clause->span);
}

static AstNode *joined_param(Sema *sema, AstNode **clauses, uint32_t count, uint32_t index) {
  AstNode *param = ast_node(sema->arena, AST_PARAM, clauses[0]->function.params->items[index]->span);
  char text[32];
  snprintf(text, sizeof text, "argument·%u", index);  // no program can write this name
  param->param.name = name_from(sema->context->names, text);
  for (uint32_t i = 0; i < count; i++) {
    AstNode *given = clauses[i]->function.params->items[index];
    if (!param->param.type) param->param.type = given->param.type;
    if (given->param.name == NAME_self) param->param.name = NAME_self;
  }
  return param;
}

static AstNode *joined_body(Sema *sema, AstNode **clauses, uint32_t count, AstList *params) {
  Span span = span_join(clauses[0]->span, clauses[count - 1]->span);
  AstNode **subjects = arena_array(sema->arena, AstNode *, params->count);
  for (uint32_t i = 0; i < params->count; i++)
    subjects[i] = clause_ident(sema, params->items[i]->param.name, clauses[0]->span);
  AstNode **arms = arena_array(sema->arena, AstNode *, count);
  for (uint32_t i = 0; i < count; i++) {
    arms[i] = ast_node(sema->arena, AST_ARM, clauses[i]->span);
    arms[i]->arm.pattern = clause_pattern(sema, clauses[i]);
    arms[i]->arm.body = clauses[i]->function.body;
  }
  AstNode *match = ast_node(sema->arena, AST_MATCH, span);
  match->match.subject = clause_tuple(sema, AST_TUPLE, subjects, params->count, clauses[0]->span);
  match->match.arms = ast_list(sema->arena, arms, count);
  return match;
}

static AstNode *same_head(Sema *sema, const AstNode *function) {
  AstNode *head = ast_node(sema->arena, AST_FUNCTION, function->span);
  head->expansion = function->expansion;
  head->function = function->function;
  return head;
}

static AstNode *join_clauses(Sema *sema, AstNode **clauses, uint32_t count) {
  uint32_t param_count = AST_LIST_COUNT(clauses[0]->function.params);
  for (uint32_t i = 1; i < count; i++) {
    if (AST_LIST_COUNT(clauses[i]->function.params) == param_count) continue;
    diag_report(sema->context->diags, QZ0105, clauses[i]->span, "every clause of %s must take %u argument%s",
                name_text(sema->context->names, clauses[0]->function.name), param_count, param_count == 1 ? "" : "s");
    return clauses[0];
  }
  AstNode *function = same_head(sema, clauses[0]);
  AstNode **params = arena_array(sema->arena, AstNode *, param_count + 1);
  for (uint32_t i = 0; i < param_count; i++) params[i] = joined_param(sema, clauses, count, i);
  function->function.params = ast_list(sema->arena, params, param_count);
  for (uint32_t i = 0; i < count && !function->function.result; i++)
    function->function.result = clauses[i]->function.result;
  if (param_count) function->function.body = joined_body(sema, clauses, count, function->function.params);
  return function;
}

// How many FUNCTION nodes from items[0] on are clauses of one function.
static uint32_t clause_count(AstNode **items, uint32_t count) {
  uint32_t size = 1;
  bool patterns = has_patterns(items[0]);
  while (size < count && items[size]->kind == AST_FUNCTION &&
         items[size]->function.name == items[0]->function.name && items[size]->function.body) {
    patterns |= has_patterns(items[size]);
    size++;
  }
  return patterns ? size : 1;
}

// The next function of a declaration list, from items[*at] on; moves *at behind it.
static AstNode *next_function(Sema *sema, AstList *items, uint32_t *at) {
  AstNode **first = &items->items[*at];
  uint32_t count = clause_count(first, items->count - *at);
  *at += count;
  return count > 1 || has_patterns(*first) ? join_clauses(sema, first, count) : *first;
}

static Function *next_method(Sema *sema, Module *module, AstList *members, uint32_t *at, Impl *impl, TypeDecl *trait) {
  Function *function = new_function(sema, module, next_function(sema, members, at));
  signature_of(function)->impl = impl;
  signature_of(function)->trait = trait;
  return function;
}

// ── Signatures ──────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct SignatureScope {
  TypeScope scope;  // first: `implicit` gets a pointer to it
  Sema *sema;
  Signature *signature;
  uint32_t capacity;
} SignatureScope;

static Type *add_type_param(SignatureScope *at, Name name) {
  Signature *signature = at->signature;
  Type *param = type_param(at->sema->types, name, signature->type_param_count, NULL);
  signature->params_of_type[signature->type_param_count++] = param;
  at->scope.param_count = signature->type_param_count;
  return param;
}

static void add_bounds(Sema *sema, const TypeScope *scope, BoundVec *bounds, Type *type, AstList *traits) {
  for (AST_EACH(node, traits)) {
    Bound bound = {.type = type};
    if (trait_expr(sema, scope, node, &bound.trait)) vec_push(sema->arena, bounds, bound);
  }
}

static void add_where(Sema *sema, const TypeScope *scope, BoundVec *bounds, AstList *where) {
  for (AST_EACH(node, where))
    add_bounds(sema, scope, bounds, type_expr(sema, scope, node->where_bound.type), node->where_bound.bounds);
}

static Type *implicit_param(const TypeScope *scope, AstNode *node, void *data) {
  (void)scope;
  SignatureScope *at = data;
  Type *param = add_type_param(at, name_from(at->sema->context->names, "impl"));
  add_bounds(at->sema, &at->scope, &at->signature->bounds, param, node->type_impl.bounds);
  return param;
}

// The type parameters around a method: those of its impl, or Self and those of its trait.
static void add_outer_params(SignatureScope *at) {
  Signature *signature = at->signature;
  Type **outer = signature->impl ? signature->impl->params : signature->trait ? signature->trait->params : NULL;
  uint32_t count = signature->impl    ? signature->impl->param_count
                   : signature->trait ? signature->trait->param_count
                                      : 0;
  for (uint32_t i = 0; i < count; i++) signature->params_of_type[i] = outer[i];
  signature->type_param_count = signature->outer_count = at->scope.param_count = count;
  if (signature->impl) {
    at->scope.self_type = signature->impl->target;
    for (uint32_t i = 0; i < signature->impl->bounds.size; i++)
      vec_push(at->sema->arena, &signature->bounds, signature->impl->bounds.data[i]);
  } else if (signature->trait) {
    at->scope.self_type = outer[0];
  }
}

static void add_own_params(SignatureScope *at, AstNode *node) {
  for (AST_EACH(param, node->function.type_params)) add_type_param(at, param->type_param.name);
  for (uint32_t i = 0; i < AST_LIST_COUNT(node->function.type_params); i++)
    add_bounds(at->sema, &at->scope, &at->signature->bounds,
               at->signature->params_of_type[at->signature->outer_count + i],
               node->function.type_params->items[i]->type_param.bounds);
  add_where(at->sema, &at->scope, &at->signature->bounds, node->function.bounds);
}

static Type *self_param_type(SignatureScope *at, AstNode *param) {
  if (!at->scope.self_type) {
    diag_report(at->sema->context->diags, QZ0014, param->span, "`self` may stand in methods only");
    return at->sema->types->basic[TYPE_ERROR];
  }
  return param->param.is_mutable ? type_borrow(at->sema->types, at->scope.self_type, true) : at->scope.self_type;
}

static Type *param_type(SignatureScope *at, AstNode *param) {
  Sema *sema = at->sema;
  if (!param->param.type && param->param.name == NAME_self) return self_param_type(at, param);
  if (!param->param.type) return add_type_param(at, param->param.name);  // structural: one more type parameter
  Type *type = type_expr(sema, &at->scope, param->param.type);
  return param->param.is_variadic ? type_named(sema, NAME_Vec, &type, 1) : type;
}

static void resolve_params(SignatureScope *at, AstNode *node) {
  Signature *signature = at->signature;
  at->scope.implicit = implicit_param;
  at->scope.implicit_data = at;
  for (AST_EACH(param, node->function.params)) {
    if (param->param.name == NAME_self) signature->has_self = true;
    if (param->param.is_variadic) signature->is_variadic = true;
    signature->param_types[signature->param_count++] = param_type(at, param);
  }
  at->scope.implicit = NULL;
}

static Type *result_type(SignatureScope *at, AstNode *node) {
  AstNode *result = node->function.result;
  if (result && result->kind == AST_TYPE_IMPL) return NULL;  // inferred; callers see the type itself
  if (result) return type_expr(at->sema, &at->scope, result);
  bool is_main = at->scope.module == at->sema->root && node->function.name == NAME_main;
  return node->function.body && !is_main ? NULL : at->sema->types->basic[TYPE_VOID];
}

Signature *decl_signature(Sema *sema, Function *function) {
  Signature *signature = signature_of(function);
  if (signature->is_resolved || signature->is_resolving) return signature;
  signature->is_resolving = true;
  AstNode *node = function->node;
  uint32_t params = AST_LIST_COUNT(node->function.params);
  uint32_t outer = signature->impl    ? signature->impl->param_count
                   : signature->trait ? signature->trait->param_count
                                      : 0;
  // Every parameter may add type parameters of its own: one for each `impl` in it, at most one a byte of its text.
  uint32_t most = outer + AST_LIST_COUNT(node->function.type_params) + params + (node->span.end - node->span.start) / 4;
  SignatureScope at = {.sema = sema, .signature = signature, .capacity = most};
  signature->params_of_type = arena_array(sema->arena, Type *, most + 1);
  signature->param_types = arena_array(sema->arena, Type *, params + 1);
  at.scope = (TypeScope){.module = function->module, .params = signature->params_of_type};
  add_outer_params(&at);
  add_own_params(&at, node);
  resolve_params(&at, node);
  signature->result = result_type(&at, node);
  signature->is_resolved = true;
  return signature;
}

// ── Types ───────────────────────────────────────────────────────────────────────────────────────────────────────
static TypeScope decl_scope(TypeDecl *decl, Type *self) {
  return (TypeScope){
      .module = decl->module, .params = decl->params, .param_count = decl->param_count, .self_type = self};
}

static FieldList *resolve_fields(Sema *sema, const TypeScope *scope, AstList *members) {
  uint32_t most = AST_LIST_COUNT(members), count = 0;
  FieldList *fields = arena_alloc(sema->arena, sizeof(FieldList) + most * sizeof(FieldInfo), alignof(FieldList));
  for (AST_EACH(member, members))
    if (member->kind == AST_FIELD_DECL)
      fields->items[count++] =
          (FieldInfo){member->field_decl.name, type_expr(sema, scope, member->field_decl.type), member};
  fields->count = count;
  field_list_index(sema->arena, fields);
  return fields;
}

static void check_field_names(Sema *sema, const FieldList *fields) {
  Map seen = {0};
  for (uint32_t i = 0; i < fields->count; i++) {
    const FieldInfo *field = &fields->items[i];
    if (field->name && map_put(sema->arena, &seen, field->name, field->declaration))
      diag_report(sema->context->diags, QZ0103, field->declaration->span, "field %s is defined twice",
                  name_text(sema->context->names, field->name));
  }
}

// Does a value of a type contain a value of `wanted` without a pointer between? (By declarations: arguments count as
// contained.)
typedef struct Search {
  Sema *sema;
  const TypeDecl *wanted;
  Map seen;  // the types looked into, by id: each once, however many ways lead to it
} Search;

static bool contains(Search *search, Type *type);

static bool fields_contain(Search *search, const FieldList *fields) {
  for (uint32_t i = 0; i < fields->count; i++)
    if (contains(search, fields->items[i].type)) return true;
  return false;
}

static bool list_contains(Search *search, const TypeList *list) {
  for (uint32_t i = 0; i < list->count; i++)
    if (contains(search, list->items[i])) return true;
  return false;
}

static bool nominal_contains(Search *search, Type *type) {
  TypeDecl *decl = type->nominal.decl;
  if (decl == search->wanted) return true;
  if (type->kind == TYPE_STRUCT && !decl->is_value) return false;
  decl_resolve_type(search->sema, decl);
  if (list_contains(search, type->nominal.args)) return true;
  if (decl->fields && fields_contain(search, decl->fields)) return true;
  for (uint32_t i = 0; decl->variants && i < decl->variants->count; i++)
    if (fields_contain(search, decl->variants->items[i].fields)) return true;
  return false;
}

static bool is_first_visit(Search *search, Type *type) {
  return !map_put(search->sema->arena, &search->seen, type->id, type);
}

static bool contains(Search *search, Type *type) {
  switch (type->kind) {
    case TYPE_STRUCT: case TYPE_ENUM: case TYPE_NEWTYPE:
      return is_first_visit(search, type) && nominal_contains(search, type);
    case TYPE_TUPLE:
    case TYPE_UNION: return is_first_visit(search, type) && list_contains(search, type->tuple.elements);
    case TYPE_RECORD: return is_first_visit(search, type) && fields_contain(search, type->record.fields);
    case TYPE_ARRAY: return contains(search, type->array.element);
    case TYPE_ERROR: case TYPE_VOID: case TYPE_NEVER: case TYPE_BOOL: case TYPE_CHAR: case TYPE_INT: case TYPE_I8:
    case TYPE_I16: case TYPE_I32: case TYPE_U8: case TYPE_U16: case TYPE_U32: case TYPE_U64: case TYPE_F32:
    case TYPE_F64: case TYPE_STRING: case TYPE_SYMBOL: case TYPE_PTR: case TYPE_BORROW: case TYPE_FN: case TYPE_PARAM:
    case TYPE_VAR: case TYPE_KIND_COUNT: break;
  }
  return false;
}

static void check_finite(Sema *sema, TypeDecl *decl) {
  if (!fields_contain(&(Search){.sema = sema, .wanted = decl}, decl->fields)) return;
  decl->is_infinite = true;
  Diag *diag = diag_report(sema->context->diags, QZ0125, name_span(sema->context, decl->node->span, decl->name),
                           "%s contains itself", name_text(sema->context->names, decl->name));
  diag_help(sema->context->diags, diag, "make it a reference type, or hold the inner value in a Vec or an enum");
}

static void resolve_struct(Sema *sema, TypeDecl *decl) {
  Type *self = type_nominal(sema->types, TYPE_STRUCT, decl, decl->params, decl->param_count);
  TypeScope scope = decl_scope(decl, self);
  decl->fields = resolve_fields(sema, &scope, decl->node->struct_.members);
  check_field_names(sema, decl->fields);
  if (decl->is_value) check_finite(sema, decl);
}

// A tag is an integer literal, possibly negated; the others count on from the one before.
static bool tag_value(Sema *sema, AstNode *node, int64_t *value) {
  bool negative = node->kind == AST_UNARY && node->unary.op == AST_OP_NEG;
  AstNode *literal = negative ? node->unary.operand : node;
  if (literal->kind != AST_INT_LIT || literal->int_lit.value > INT64_MAX) {
    diag_report(sema->context->diags, QZ0117, node->span, "a variant's tag is an integer literal");
    return false;
  }
  *value = negative ? -(int64_t)literal->int_lit.value : (int64_t)literal->int_lit.value;
  return true;
}

// `tags`: those of the variants before this one.
static void check_variant(Sema *sema, VariantList *variants, Map *tags, const VariantInfo *variant, AstNode *node) {
  bool has_name = map_get(&variants->by_name, variant->name);
  if (!has_name) map_put(sema->arena, &variants->by_name, variant->name, (void *)(uintptr_t)(variant->index + 1));
  bool has_tag = map_put(sema->arena, tags, (uint64_t)variant->tag, node);
  if (has_name)
    diag_report(sema->context->diags, QZ0103, node->span, "variant %s is defined twice",
                name_text(sema->context->names, node->variant.name));
  else if (has_tag)
    diag_report(sema->context->diags, QZ0103, node->span, "tag %lld is used twice", (long long)variant->tag);
}

// What a search that found nothing has seen, the next one need not look into.
static void box_recursive_fields(Sema *sema, const TypeDecl *decl) {
  Search search = {.sema = sema, .wanted = decl};
  for (uint32_t i = 0; i < decl->variants->count; i++) {
    const VariantInfo *variant = &decl->variants->items[i];
    for (uint32_t j = 0; j < variant->fields->count; j++) {
      variant->is_boxed[j] = contains(&search, variant->fields->items[j].type);
      if (variant->is_boxed[j]) search.seen = (Map){0};
    }
  }
}

static void resolve_enum(Sema *sema, TypeDecl *decl) {
  Type *self = type_nominal(sema->types, TYPE_ENUM, decl, decl->params, decl->param_count);
  TypeScope scope = decl_scope(decl, self);
  uint32_t most = AST_LIST_COUNT(decl->node->enum_.members), count = 0;
  VariantList *variants =
      arena_alloc(sema->arena, sizeof(VariantList) + most * sizeof(VariantInfo), alignof(VariantList));
  Map tags = {0};
  int64_t tag = 0;
  for (AST_EACH(member, decl->node->enum_.members)) {
    if (member->kind != AST_VARIANT) continue;
    if (member->variant.tag && !tag_value(sema, member->variant.tag, &tag)) continue;
    FieldList *fields = resolve_fields(sema, &scope, member->variant.fields);
    check_field_names(sema, fields);
    bool *boxed = arena_array(sema->arena, bool, fields->count + 1);
    variants->items[count] = (VariantInfo){member->variant.name, count, tag++, fields, boxed};
    check_variant(sema, variants, &tags, &variants->items[count++], member);
  }
  variants->count = count;
  decl->variants = variants;
  box_recursive_fields(sema, decl);
}

static void resolve_newtype(Sema *sema, TypeDecl *decl) {
  TypeScope scope = decl_scope(decl, NULL);
  decl->fields = arena_alloc(sema->arena, sizeof(FieldList) + sizeof(FieldInfo), alignof(FieldList));
  decl->fields->count = 1;
  decl->fields->items[0] = (FieldInfo){NAME_value, type_expr(sema, &scope, decl->node->newtype.type), NULL};
  check_finite(sema, decl);
}

static void resolve_alias(Sema *sema, TypeDecl *decl) {
  TypeScope scope = decl_scope(decl, NULL);
  decl->aliased = type_expr(sema, &scope, decl->node->type_alias.type);
}

static void resolve_trait(Sema *sema, TypeDecl *decl) {
  TypeScope scope = decl_scope(decl, decl->params[0]);
  TraitInfo *trait = decl->trait;
  for (AST_EACH(node, decl->node->trait.supertraits)) {
    TraitRef ref;
    if (trait_expr(sema, &scope, node, &ref)) vec_push(sema->arena, &trait->supers, ref);
  }
}

void decl_resolve_type(Sema *sema, TypeDecl *decl) {
  if (decl->is_resolved) return;
  if (decl->is_resolving) {
    if (decl->kind != AST_TYPE_ALIAS) return;  // reached from its own fields: what it is, is known already
    diag_report(sema->context->diags, QZ0125, name_span(sema->context, decl->node->span, decl->name),
                "the alias %s refers to itself", name_text(sema->context->names, decl->name));
    return;
  }
  decl->is_resolving = true;
  switch ((int)decl->kind) {
    case AST_STRUCT: resolve_struct(sema, decl); break;
    case AST_ENUM: resolve_enum(sema, decl); break;
    case AST_NEWTYPE: resolve_newtype(sema, decl); break;
    case AST_TYPE_ALIAS: resolve_alias(sema, decl); break;
    case AST_TRAIT: resolve_trait(sema, decl); break;
    default: break;
  }
  decl->is_resolved = true;
}

// ── Collecting names ────────────────────────────────────────────────────────────────────────────────────────────
static void collect_struct(Sema *sema, Module *module, AstNode *node) {
  TypeDecl *decl = new_type_decl(sema, module, node, node->struct_.name, node->struct_.type_params);
  decl->is_value = attribute_find(sema, node->struct_.attributes, "value") != NULL;
  decl->is_actor = attribute_find(sema, node->struct_.attributes, "actor") != NULL;
  decl->is_shared = attribute_find(sema, node->struct_.attributes, "shared") != NULL;
  decl->is_repr_c = attribute_find(sema, node->struct_.attributes, "repr") != NULL;
  decl->is_linear = node->struct_.is_linear;
  define_type(sema, module, decl, node->struct_.is_private);
}

static void collect_enum(Sema *sema, Module *module, AstNode *node) {
  TypeDecl *decl = new_type_decl(sema, module, node, node->enum_.name, node->enum_.type_params);
  decl->is_value = true;
  define_type(sema, module, decl, node->enum_.is_private);
  uint32_t index = 0;
  for (AST_EACH(member, node->enum_.members)) {
    if (member->kind != AST_VARIANT) continue;
    define(sema, module, (Symbol){.kind = SYMBOL_VARIANT, .name = member->variant.name, .span = member->span,
                                  .is_private = node->enum_.is_private, .type = decl, .variant = index++});
  }
}

// Self is type parameter 0 of a trait.
static void collect_trait(Sema *sema, Module *module, AstNode *node) {
  TypeDecl *decl = arena_new(sema->arena, TypeDecl);
  *decl = (TypeDecl){.kind = AST_TRAIT, .name = node->trait.name, .module = module, .node = node};
  uint32_t own;
  Type **params = declare_type_params(sema, node->trait.type_params, 1, &own);
  decl->param_count = own + 1;
  decl->params = arena_array(sema->arena, Type *, own + 1);
  decl->params[0] = type_param(sema->types, NAME_Self, 0, NULL);
  memcpy(decl->params + 1, params, own * sizeof *params);
  TraitInfo *trait = decl->trait = arena_new(sema->arena, TraitInfo);
  AstList *members = node->trait.members;
  for (uint32_t at = 0; at < AST_LIST_COUNT(members);) {
    if (members->items[at]->kind != AST_FUNCTION) at++;
    else vec_push(sema->arena, &trait->methods, next_method(sema, module, members, &at, NULL, decl));
  }
  define_type(sema, module, decl, node->trait.is_private);
  method_register_trait(sema, decl);
}

static Global *new_global(Sema *sema, Module *module, AstNode *node) {
  bool is_const = node->kind == AST_CONST;
  Global *global = arena_new(sema->arena, Global);
  *global = (Global){.name = is_const ? node->const_.name : node->global.name, .module = module, .node = node,
                     .value = is_const ? node->const_.value : node->global.value, .is_const = is_const};
  vec_push(sema->arena, &module->globals, global);
  return global;
}

static void collect_global(Sema *sema, Module *module, AstNode *node) {
  Global *global = new_global(sema, module, node);
  bool is_const = global->is_const;
  define(sema, module, (Symbol){.kind = SYMBOL_GLOBAL, .name = global->name, .span = node->span,
                                .is_private = is_const ? node->const_.is_private : node->global.is_private,
                                .global = global});
}

static void unsupported(Sema *sema, AstNode *node, const char *what) {
  diag_report(sema->context->diags, QZ0019, node->span, "%s are not supported yet", what);
}

static void collect_function(Sema *sema, Module *module, AstNode *node) {
  Function *function = new_function(sema, module, node);
  vec_push(sema->arena, &module->functions, function);
  define(sema, module, (Symbol){.kind = SYMBOL_FUNCTION, .name = function->name, .span = node->span,
                                .is_private = node->function.is_private, .function = function});
}

static void collect_one(Sema *sema, Module *module, AstNode *node) {
  switch ((int)node->kind) {
    case AST_STRUCT: collect_struct(sema, module, node); break;
    case AST_ENUM: collect_enum(sema, module, node); break;
    case AST_TRAIT: collect_trait(sema, module, node); break;
    case AST_NEWTYPE: {
      TypeDecl *decl = new_type_decl(sema, module, node, node->newtype.name, node->newtype.type_params);
      decl->is_value = true;
      define_type(sema, module, decl, node->newtype.is_private);
      break;
    }
    case AST_TYPE_ALIAS:
      define_type(sema, module, new_type_decl(sema, module, node, node->type_alias.name, node->type_alias.type_params),
                  node->type_alias.is_private);
      break;
    case AST_CONST: case AST_GLOBAL: collect_global(sema, module, node); break;
    case AST_PACKED_STRUCT: unsupported(sema, node, "packed structs"); break;
    default: break;  // imports, macros and impls have their own turn
  }
}

void decl_collect(Sema *sema, Module *module, AstList *decls) {
  for (uint32_t at = 0; at < AST_LIST_COUNT(decls);) {
    AstNode *node = decls->items[at];
    attributes_check(sema, node);
    if (attribute_configures_out(sema, node)) at++;
    else if (node->kind == AST_FUNCTION) collect_function(sema, module, next_function(sema, decls, &at));
    else collect_one(sema, module, node), at++;
  }
}

// ── Implementations ─────────────────────────────────────────────────────────────────────────────────────────────
static Impl *new_impl(Sema *sema, Module *module, AstNode *node, AstList *type_params) {
  Impl *impl = arena_new(sema->arena, Impl);
  *impl = (Impl){.module = module, .node = node};
  impl->params = declare_type_params(sema, type_params, 0, &impl->param_count);
  return impl;
}

static void add_members(Sema *sema, Impl *impl, AstList *members) {
  for (uint32_t at = 0; at < AST_LIST_COUNT(members);) {
    AstNode *member = members->items[at];
    if (member->kind == AST_CONST) method_register_constant(sema, impl, new_global(sema, impl->module, member));
    if (member->kind != AST_FUNCTION) at++;
    else vec_push(sema->arena, &impl->methods, next_method(sema, impl->module, members, &at, impl, NULL));
  }
}

// One trait is implemented for one type once. (Targets that differ in their arguments are different types.)
static void check_conflict(Sema *sema, const Impl *impl) {
  const ImplVec *others = impl->trait.trait ? map_get(&sema->impls_by_trait, map_key(impl->trait.trait)) : NULL;
  for (uint32_t i = 0; others && i < others->size; i++) {
    const Impl *other = others->data[i];
    if (other->target != impl->target || other->trait.args != impl->trait.args) continue;
    Diag *diag =
        diag_report(sema->context->diags, QZ0402, impl->node->span, "%s is implemented for %s twice",
                    name_text(sema->context->names, impl->trait.trait->name), type_text(sema->context, impl->target));
    diag_note(sema->context->diags, diag, other->node->span, "first here");
  }
}

static Impl *resolve_impl(Sema *sema, Module *module, AstNode *node, Type *target) {
  Impl *impl = new_impl(sema, module, node, node->impl.type_params);
  impl->is_extend = node->impl.is_extend;
  impl->is_negative = node->impl.is_negative;
  TypeScope scope = {.module = module, .params = impl->params, .param_count = impl->param_count};
  impl->target = scope.self_type = target ? target : type_expr(sema, &scope, node->impl.type);
  if (impl->target->kind == TYPE_ERROR) return impl;
  if (node->impl.trait && !trait_expr(sema, &scope, node->impl.trait, &impl->trait)) return impl;
  for (uint32_t i = 0; i < impl->param_count; i++)
    add_bounds(sema, &scope, &impl->bounds, impl->params[i], node->impl.type_params->items[i]->type_param.bounds);
  add_where(sema, &scope, &impl->bounds, node->impl.bounds);
  add_members(sema, impl, node->impl.members);
  check_conflict(sema, impl);
  vec_push(sema->arena, &sema->impls, impl);
  method_register(sema, impl);
  return impl;
}

void derived_impl(Sema *sema, Module *module, AstNode *node, Type *target) {
  resolve_impl(sema, module, node, target)->is_derived = true;
}

// Methods written inside a struct or enum are those of an impl of it.
static void resolve_inner_methods(Sema *sema, Module *module, AstNode *node) {
  bool is_struct = node->kind == AST_STRUCT;
  AstList *members = is_struct ? node->struct_.members : node->enum_.members;
  Symbol *symbol = map_get(&module->symbols, is_struct ? node->struct_.name : node->enum_.name);
  if (!symbol || symbol->kind != SYMBOL_TYPE || symbol->type->node != node) return;
  Impl *impl = new_impl(sema, module, node, is_struct ? node->struct_.type_params : node->enum_.type_params);
  impl->target =
      type_nominal(sema->types, is_struct ? TYPE_STRUCT : TYPE_ENUM, symbol->type, impl->params, impl->param_count);
  add_members(sema, impl, members);
  if (impl->methods.size) method_register(sema, impl);
}

void decl_impls(Sema *sema, Module *module) {
  for (AST_EACH(node, module->node->module.decls)) {
    if (attribute_configures_out(sema, node)) continue;
    if (node->kind == AST_IMPL) resolve_impl(sema, module, node, NULL);
    else if (node->kind == AST_STRUCT || node->kind == AST_ENUM) resolve_inner_methods(sema, module, node);
  }
}
