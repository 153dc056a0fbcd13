// The typed AST as text (--emit=typed): every instance with the type of each node.
#include "sema/sema.h"

typedef struct Dump {
  Text *out;
  const Interner *names;
  uint32_t depth;
} Dump;

static void dump_name(const Dump *dump, const AstNode *node) {
  const AstKindInfo *kind = ast_kind_info(node->kind);
  for (uint32_t i = 0; i < kind->field_count; i++) {
    const AstFieldInfo *field = &kind->fields[i];
    const char *at = (const char *)node + field->offset;
    if (field->kind == AST_FIELD_NAME && *(const Name *)at)
      text_printf(dump->out, " %s", name_text(dump->names, *(const Name *)at));
    else if (field->kind == AST_FIELD_OP) text_printf(dump->out, " %s", ast_op_text(*(const AstOp *)at));
    else if (field->kind == AST_FIELD_INT) text_printf(dump->out, " %llu", (unsigned long long)*(const uint64_t *)at);
  }
}

static void dump_info(const Dump *dump, const SemaInfo *info) {
  if (info->kind == INFO_CALL && info->call->kind == CALL_FUNCTION && info->call->instance)
    text_printf(dump->out, " calls %s", name_text(dump->names, info->call->instance->display));
  else if (info->kind == INFO_FUNCTION && info->instance)
    text_printf(dump->out, " is %s", name_text(dump->names, info->instance->display));
  else if (info->kind == INFO_LOCAL && info->declares) text_append(dump->out, " (bound)");
  else if (info->kind == INFO_LAMBDA) text_printf(dump->out, " captures %u", info->lambda->captures.size);
}

static void dump_node(AstNode *node, void *data) {
  Dump *dump = data;
  text_repeat(dump->out, ' ', (size_t)dump->depth * 2);
  text_append(dump->out, ast_kind_info(node->kind)->name);
  dump_name(dump, node);
  if (node->type) {
    text_append(dump->out, ": ");
    type_print(dump->out, dump->names, node->type);
  }
  if (node->info) dump_info(dump, node->info);
  text_char(dump->out, '\n');
  dump->depth++;
  ast_children(node, dump_node, dump);
  dump->depth--;
}

static void dump_head(Text *out, const Interner *names, const Instance *instance) {
  text_printf(out, "def %s(", name_text(names, instance->display));
  for (uint32_t i = 0; i < instance->param_count; i++) {
    text_printf(out, "%s%s: ", i ? ", " : "", name_text(names, instance->params[i]->name));
    type_print(out, names, instance->params[i]->type);
  }
  text_append(out, "): ");
  if (instance->result) type_print(out, names, instance->result);
  text_char(out, '\n');
}

void sema_dump(Text *out, const Program *program) {
  Dump dump = {out, program->context->names, 1};
  for (uint32_t i = 0; i < program->instances.size; i++) {
    const Instance *instance = program->instances.data[i];
    dump_head(out, dump.names, instance);
    if (instance->body) dump_node(instance->body, &dump);
  }
}
