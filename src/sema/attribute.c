// Attributes: do their arguments fit, and does this compiler do what they ask for?
#include <string.h>

#include "sema/internal.h"

typedef enum ArgumentShape {
  TAKES_NONE,
  TAKES_TEXT,
  TAKES_NUMBER,
  TAKES_WORDS,
  TAKES_NAMED,
  TAKES_TEXT_OR_NONE
} ArgumentShape;
typedef enum Support { SUPPORT_NOW, SUPPORT_LATER } Support;

typedef struct AttributeInfo {
  const char *name;
  ArgumentShape shape;
  Support support;
} AttributeInfo;

static const AttributeInfo attributes[] = {
#define ATTRIBUTE(name, arguments, support) {#name, TAKES_##arguments, SUPPORT_##support},
#include "parser/attributes.def"
};

AstNode *attribute_find(const Sema *sema, const AstList *list, const char *name) {
  for (uint32_t i = 0; i < AST_LIST_COUNT(list); i++)
    if (strcmp(name_text(sema->context->names, list->items[i]->attribute.name), name) == 0) return list->items[i];
  return NULL;
}

Name attribute_text(const AstNode *attribute) {
  return attribute->attribute.args->items[0]->arg.value->string_lit.text;
}

static const AttributeInfo *find_info(const Sema *sema, const AstNode *attribute) {
  const char *name = name_text(sema->context->names, attribute->attribute.name);
  for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
    if (strcmp(attributes[i].name, name) == 0) return &attributes[i];
  return NULL;
}

static bool argument_fits(const Sema *sema, const AttributeInfo *info, const AstNode *argument) {
  const AstNode *value = argument->kind == AST_ARG ? argument->arg.value : argument;
  Name name = argument->kind == AST_ARG ? argument->arg.name : NAME_NONE;
  switch (info->shape) {
    case TAKES_NONE: return false;
    case TAKES_TEXT: case TAKES_TEXT_OR_NONE: return !name && value->kind == AST_STRING_LIT;
    case TAKES_NUMBER: return !name && value->kind == AST_INT_LIT;
    case TAKES_NAMED: return name || value->kind == AST_IDENT;
    case TAKES_WORDS:
      if (strcmp(info->name, "repr") != 0) return !name && value->kind == AST_IDENT;
      return !name && value->kind == AST_IDENT && strcmp(name_text(sema->context->names, value->ident.name), "C") == 0;
  }
  return false;
}

static void wrong_arguments(const Sema *sema, const AttributeInfo *info, Span span) {
  static const char *const wanted[] = {
      [TAKES_NONE] = "no arguments",         [TAKES_TEXT] = "one string",
      [TAKES_NUMBER] = "one integer",        [TAKES_WORDS] = "names it knows",
      [TAKES_NAMED] = "`name: value` pairs", [TAKES_TEXT_OR_NONE] = "one string, or nothing",
  };
  diag_report(sema->context->diags, QZ0013, span, "@%s takes %s", info->name, wanted[info->shape]);
}

static void check_attribute(const Sema *sema, const AstNode *attribute) {
  const AttributeInfo *info = find_info(sema, attribute);
  if (!info) return;  // the parser has told
  AstList *args = attribute->attribute.args;
  bool needs_one = info->shape == TAKES_TEXT || info->shape == TAKES_NUMBER;
  if ((needs_one && AST_LIST_COUNT(args) != 1) || (info->shape == TAKES_NONE && args)) {
    wrong_arguments(sema, info, attribute->span);
    return;
  }
  for (AST_EACH(argument, args)) {
    if (argument_fits(sema, info, argument)) continue;
    wrong_arguments(sema, info, argument->span);
    return;
  }
  if (info->support == SUPPORT_LATER)
    diag_report(sema->context->diags, QZ0019, attribute->span, "@%s is not supported yet", info->name);
}

static AstList *attributes_of(const AstNode *node) {
  switch ((int)node->kind) {
    case AST_FUNCTION: return node->function.attributes;
    case AST_STRUCT: return node->struct_.attributes;
    case AST_FIELD_DECL: return node->field_decl.attributes;
    case AST_PACKED_STRUCT: return node->packed_struct.attributes;
    case AST_ENUM: return node->enum_.attributes;
    case AST_TRAIT: return node->trait.attributes;
    case AST_IMPL: return node->impl.attributes;
    case AST_ACTOR: return node->actor.attributes;
    case AST_TYPE_ALIAS: return node->type_alias.attributes;
    case AST_NEWTYPE: return node->newtype.attributes;
    case AST_CONST: return node->const_.attributes;
    case AST_GLOBAL: return node->global.attributes;
    case AST_MACRO: return node->macro.attributes;
    case AST_IMPORT: return node->import.attributes;
    default: return NULL;
  }
}

static AstList *members_of(const AstNode *node) {
  switch ((int)node->kind) {
    case AST_STRUCT: return node->struct_.members;
    case AST_ENUM: return node->enum_.members;
    case AST_TRAIT: return node->trait.members;
    case AST_IMPL: return node->impl.members;
    default: return NULL;
  }
}

static void check_place(const Sema *sema, const AstNode *attribute, const AstNode *declaration) {
  bool is_c_function = declaration->kind == AST_FUNCTION && declaration->function.abi == NAME_C;
  if (attribute->attribute.name == NAME_link && !is_c_function)
    diag_report(sema->context->diags, QZ0014, attribute->span, "@link stands before an `extern \"C\"` function");
}

void attributes_check(const Sema *sema, const AstNode *declaration) {
  for (AST_EACH(attribute, attributes_of(declaration))) {
    check_attribute(sema, attribute);
    check_place(sema, attribute, declaration);
  }
  for (AST_EACH(member, members_of(declaration))) attributes_check(sema, member);
}

// ── @cfg: is a declaration meant for this compilation? ──────────────────────────────────────────────────────────
// `target: "none"` is a freestanding target, `target: "hosted"` one with an operating system. No feature is on unless
// it is asked for.
static bool condition_holds(const Sema *sema, const AstNode *argument) {
  const Interner *names = sema->context->names;
  if (argument->kind != AST_ARG || argument->arg.value->kind != AST_STRING_LIT) return true;
  const char *name = name_text(names, argument->arg.name),
             *value = name_text(names, argument->arg.value->string_lit.text);
  if (strcmp(name, "target") == 0) return strcmp(value, sema->options->freestanding ? "none" : "hosted") == 0;
  if (strcmp(name, "feature") == 0) return false;
  diag_report(sema->context->diags, QZ0013, argument->span, "@cfg takes `target: \"…\"` or `feature: \"…\"`");
  return true;
}

bool attribute_configures_out(const Sema *sema, const AstNode *declaration) {
  const AstNode *cfg = attribute_find(sema, attributes_of(declaration), "cfg");
  for (AST_EACH(argument, cfg ? cfg->attribute.args : NULL))
    if (!condition_holds(sema, argument)) return true;
  return false;
}
