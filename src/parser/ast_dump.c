// The tree as text, one node a line, two spaces deeper for each level: `kind name=… flag` and the fields' children.
#include <inttypes.h>

#include "parser/ast.h"

typedef struct Dump {
  Text *out;
  const Interner *names;
} Dump;

static const void *field_at(const AstNode *node, const AstFieldInfo *field) {
  return (const char *)node + field->offset;
}

static void dump_name(const Dump *dump, const char *field, Name name, const char *quote) {
  if (!name) return;
  text_printf(dump->out, " %s=%s", field, quote);
  if (*quote) text_escaped(dump->out, name_text(dump->names, name), name_size(dump->names, name));
  else text_bytes(dump->out, name_text(dump->names, name), name_size(dump->names, name));
  text_append(dump->out, quote);
}

static void dump_value(const Dump *dump, const AstNode *node, const AstFieldInfo *field) {
  const void *at = field_at(node, field);
  switch (field->kind) {
    case AST_FIELD_NODE:
    case AST_FIELD_OPT:
    case AST_FIELD_LIST: return;
    case AST_FIELD_NAME: dump_name(dump, field->name, *(const Name *)at, ""); return;
    case AST_FIELD_TEXT: dump_name(dump, field->name, *(const Name *)at, "\""); return;
    case AST_FIELD_OP:
      if (*(const AstOp *)at) text_printf(dump->out, " %s", ast_op_text(*(const AstOp *)at));
      return;
    case AST_FIELD_INT: text_printf(dump->out, " %s=%" PRIu64, field->name, *(const uint64_t *)at); return;
    case AST_FIELD_FLOAT: text_printf(dump->out, " %s=%.17g", field->name, *(const double *)at); return;
    case AST_FIELD_FLAG:
      if (*(const bool *)at) text_printf(dump->out, " %s", field->name);
      return;
  }
}

static void dump_node(const Dump *dump, const AstNode *node, const char *field, size_t depth);

static void dump_list(const Dump *dump, const AstList *list, const char *field, size_t depth) {
  if (!list) return;
  text_repeat(dump->out, ' ', depth * 2);
  text_printf(dump->out, "%s:\n", field);
  for (uint32_t i = 0; i < list->count; i++) dump_node(dump, list->items[i], NULL, depth + 1);
}

static void dump_child(const Dump *dump, const AstNode *node, const AstFieldInfo *field, size_t depth) {
  const void *at = field_at(node, field);
  if (field->kind == AST_FIELD_LIST) dump_list(dump, *(AstList *const *)at, field->name, depth);
  else if (field->kind == AST_FIELD_NODE || field->kind == AST_FIELD_OPT)
    dump_node(dump, *(AstNode *const *)at, field->name, depth);
}

static void dump_node(const Dump *dump, const AstNode *node, const char *field, size_t depth) {
  if (!node) return;
  const AstKindInfo *info = ast_kind_info(node->kind);
  text_repeat(dump->out, ' ', depth * 2);
  if (field) text_printf(dump->out, "%s: ", field);
  text_append(dump->out, info->name);
  for (uint32_t i = 0; i < info->field_count; i++) dump_value(dump, node, &info->fields[i]);
  text_char(dump->out, '\n');
  for (uint32_t i = 0; i < info->field_count; i++) dump_child(dump, node, &info->fields[i], depth + 1);
}

void ast_dump(Text *out, const Interner *names, const AstNode *node) {
  Dump dump = {out, names};
  dump_node(&dump, node, NULL, 0);
}
