// The whole program: modules, then signatures, then bodies from a queue until nothing new is asked for.
#include "sema/analysis.h"
#include "sema/method.h"

// ── Questions about types ───────────────────────────────────────────────────────────────────────────────────────
static FieldList *new_fields(Sema *sema, uint32_t count) {
  FieldList *list = arena_alloc(sema->arena, sizeof(FieldList) + count * sizeof(FieldInfo), alignof(FieldList));
  list->count = count;
  return list;
}

static FieldList *substitute_fields(Sema *sema, const FieldList *fields, TypeList *args) {
  FieldList *list = new_fields(sema, fields->count);
  list->by_name = fields->by_name;
  for (uint32_t i = 0; i < fields->count; i++) {
    list->items[i] = fields->items[i];
    list->items[i].type = substitute(sema, fields->items[i].type, args);
  }
  return list;
}

static FieldList *tuple_fields(Sema *sema, const TypeList *elements) {
  FieldList *list = new_fields(sema, elements->count);
  for (uint32_t i = 0; i < elements->count; i++) list->items[i].type = elements->items[i];
  return list;
}

const FieldList *sema_fields(Program *program, Type *type) {
  Sema *sema = program->sema;
  if (type->fields_cache) return type->fields_cache;
  switch ((int)type->kind) {
    case TYPE_TUPLE: return type->fields_cache = tuple_fields(sema, type->tuple.elements);
    case TYPE_RECORD: return type->record.fields;
    case TYPE_STRUCT: case TYPE_NEWTYPE: break;
    default: return type->fields_cache = new_fields(sema, 0);
  }
  decl_resolve_type(sema, type->nominal.decl);
  if (!type->nominal.decl->fields) return new_fields(sema, 0);
  return type->fields_cache = substitute_fields(sema, type->nominal.decl->fields, type->nominal.args);
}

const VariantList *sema_variants(Program *program, Type *type) {
  Sema *sema = program->sema;
  if (type->variants_cache) return type->variants_cache;
  decl_resolve_type(sema, type->nominal.decl);
  const VariantList *declared = type->nominal.decl->variants;
  uint32_t count = declared ? declared->count : 0;
  VariantList *list = arena_alloc(sema->arena, sizeof(VariantList) + count * sizeof(VariantInfo), alignof(VariantList));
  list->count = count;
  if (declared) list->by_name = declared->by_name;
  for (uint32_t i = 0; i < count; i++) {
    list->items[i] = declared->items[i];
    list->items[i].fields = substitute_fields(sema, declared->items[i].fields, type->nominal.args);
  }
  return type->variants_cache = list;
}

// ── Drop and Send ───────────────────────────────────────────────────────────────────────────────────────────────
// Methods that nobody's source calls: each concrete type that has one asks for its instance once all types are known,
// which may bring in further types.
typedef bool FindMethod(Checker *checker, Type *type, MethodMatch *out);

static Instance *find_instance(Sema *sema, Type *type, FindMethod *find) {
  if (type->kind != TYPE_STRUCT && type->kind != TYPE_ENUM && type->kind != TYPE_NEWTYPE) return NULL;
  if (type->has_params || type->has_vars) return NULL;
  Checker checker = checker_new(sema, type->nominal.decl->module, sema->nowhere);
  MethodMatch found;
  if (!find(&checker, type, &found)) return NULL;
  Instance *instance = NULL;
  want_instance(&checker, &instance, found.function, found.type_args, found.function->node->span);
  finish_body(&checker);
  return instance;
}

static void want_methods(Sema *sema, uint32_t *next, FindMethod *find, Map *found) {
  while (*next < sema->types->all.size) {
    Type *type = sema->types->all.data[(*next)++];
    Instance *instance = find_instance(sema, type, find);
    if (instance) map_put(sema->arena, found, map_key(type), instance);
  }
}

static void want_drops_and_crosses(Sema *sema) {
  want_methods(sema, &sema->next_drop, method_find_drop, &sema->drops);
  if (sema->values_cross) want_methods(sema, &sema->next_cross, method_find_cross, &sema->crosses);
}

Instance *sema_drop(Program *program, Type *type) { return map_get(&program->sema->drops, map_key(type)); }

Instance *sema_cross(Program *program, Type *type) { return map_get(&program->sema->crosses, map_key(type)); }

// ── Roots ───────────────────────────────────────────────────────────────────────────────────────────────────────
static Instance *root_instance(Sema *sema, Function *function) {
  return instance_get(sema, function, type_args_intern(sema, NULL, 0), function->node->span);
}

static void check_main(Sema *sema, Function *function, Instance *main) {
  Type *result = main ? instance_result(sema, NULL, main) : NULL;
  if (!main || main->param_count)
    diag_report(sema->context->diags, QZ0204, name_span(sema->context, function->node->span, NAME_main),
                "main takes no parameters; `args()` gives the arguments");
  else if (result->kind != TYPE_VOID && result->kind != TYPE_INT && result->kind != TYPE_NEVER &&
           result->kind != TYPE_ERROR)
    diag_report(sema->context->diags, QZ0204, name_span(sema->context, function->node->span, NAME_main),
                "main returns Void or Int, not %s", type_text(sema->context, result));
  else sema->program->main = main;
}

static void check_test(Sema *sema, const Module *module, const Function *function, Instance *test) {
  Type *result = test ? instance_result(sema, NULL, test) : NULL;
  if (result && result->kind == TYPE_ERROR) return;
  if (!test || test->param_count || (result->kind != TYPE_VOID && result->kind != TYPE_NEVER))
    diag_report(sema->context->diags, QZ0014, name_span(sema->context, function->node->span, function->name),
                "@test stands before a function without parameters that gives no value");
  else if (module == sema->root && sema->options->tests) vec_push(sema->arena, &sema->program->tests, test);
}

static void root_function(Sema *sema, Module *module, Function *function) {
  Program *program = sema->program;
  if (decl_signature(sema, function)->type_param_count) return;
  bool is_main = module == sema->root && function->name == NAME_main && function->kind == FUNCTION_PLAIN;
  Instance *instance = root_instance(sema, function);
  if (is_main) check_main(sema, function, instance);
  if (function->is_c_abi && function->kind == FUNCTION_PLAIN) vec_push(sema->arena, &program->exports, instance);
  if (function->is_test) check_test(sema, module, function, instance);
}

// ── Tests ───────────────────────────────────────────────────────────────────────────────────────────────────────
static bool has_tests(const Module *module) {
  for (uint32_t i = 0; i < module->functions.size; i++)
    if (module->functions.data[i]->is_test) return true;
  return false;
}

// @test functions are examples of std/qspec, which the root need not import for them.
static void load_qspec(Sema *sema) {
  if (!sema->options->tests || !has_tests(sema->root)) return;
  const Source *source = sema->options->load(sema->options->load_data, NULL, "qspec");
  if (source) sema->qspec = module_load(sema, source, false);
  else diag_report(sema->context->diags, QZ0200, (Span){0, 0}, "the library's qspec, which runs tests, is not found");
}

static Instance *qspec_instance(Sema *sema, const char *name) {
  Symbol *symbol = map_get(&sema->qspec->symbols, name_from(sema->context->names, name));
  assert(symbol && symbol->kind == SYMBOL_FUNCTION);
  return root_instance(sema, symbol->function);
}

static void find_test_runner(Sema *sema) {
  if (!sema->qspec) return;
  sema->program->test_add = qspec_instance(sema, "it");
  sema->program->test_run = qspec_instance(sema, "qspec_main");
}

static void root_methods(Sema *sema, const Module *module) {
  for (uint32_t i = 0; i < sema->impls.size; i++) {
    const Impl *impl = sema->impls.data[i];
    if (impl->module != module || impl->is_derived) continue;
    for (uint32_t j = 0; j < impl->methods.size; j++)
      if (!decl_signature(sema, impl->methods.data[j])->type_param_count) root_instance(sema, impl->methods.data[j]);
  }
}

// Everything that the user's modules declare is checked, used or not.
static void check_module(Sema *sema, Module *module) {
  for (uint32_t i = 0; i < module->functions.size; i++) root_function(sema, module, module->functions.data[i]);
  for (uint32_t i = 0; i < module->globals.size; i++)
    global_check(sema, module->globals.data[i], module->globals.data[i]->node->span);
  root_methods(sema, module);
  analyse_module(sema, module);
}

static void resolve_types(Sema *sema, const Module *module) {
  for (uint32_t i = 0; i < module->symbols.capacity; i++) {
    const Symbol *symbol = module->symbols.entries[i].value;
    if (symbol && symbol->kind == SYMBOL_TYPE) decl_resolve_type(sema, symbol->type);
  }
}

// ── Implementations say what they do ────────────────────────────────────────────────────────────────────────────
static Function *impl_method(const Impl *impl, Name name) {
  for (uint32_t i = 0; i < impl->methods.size; i++)
    if (impl->methods.data[i]->name == name) return impl->methods.data[i];
  return NULL;
}

static void check_method_signature(Checker *checker, Impl *impl, Function *given, Function *required) {
  if (impl_method_fits(checker, impl, given, required)) return;
  Context *context = checker->context;
  Span name = name_span(context, given->node->span, given->name);
  Diag *diag = diag_report(context->diags, QZ0404, name, "%s differs from what %s requires",
                           name_text(context->names, given->name), name_text(context->names, impl->trait.trait->name));
  diag_note(context->diags, diag, required->node->span, "required here");
}

// A value is copied, and every copy would be dropped.
static void check_drop(Sema *sema, const Impl *impl) {
  bool is_shared = impl->target->kind == TYPE_STRUCT && type_is_reference(impl->target);
  if (impl->trait.trait != prelude_type(sema, NAME_Drop) || is_shared || impl->target->kind == TYPE_ERROR) return;
  Diag *diag = diag_report(sema->context->diags, QZ0407, impl->node->impl.type->span,
                           "a value of type %s is copied, and each copy would be dropped",
                           type_text(sema->context, impl->target));
  diag_help(sema->context->diags, diag, "put what has to be dropped into a struct: it is shared, and dropped once");
}

// `impl Trait for T` must have what the trait requires.
static void check_impl(Sema *sema, Impl *impl) {
  if (!impl->trait.trait || impl->is_negative) return;
  check_drop(sema, impl);
  const TraitInfo *trait = impl->trait.trait->trait;
  Checker checker = checker_new(sema, impl->module, sema->nowhere);
  for (uint32_t i = 0; i < trait->methods.size; i++) {
    Function *required = trait->methods.data[i];
    Function *given = impl_method(impl, required->name);
    if (given) check_method_signature(&checker, impl, given, required);
    if (given || required->node->function.body || impl_has_method(&checker, impl, required)) continue;
    Diag *diag = diag_report(sema->context->diags, QZ0401, impl->node->span, "the method %s of %s is missing",
                             name_text(sema->context->names, required->name),
                             name_text(sema->context->names, impl->trait.trait->name));
    diag_note(sema->context->diags, diag, required->node->span, "required here");
  }
}

static void check_impls(Sema *sema) {
  for (uint32_t i = 0; i < sema->impls.size; i++)
    if (sema->impls.data[i]->module->is_user) check_impl(sema, sema->impls.data[i]);
}

// ── C symbols ───────────────────────────────────────────────────────────────────────────────────────────────────
static bool same_signature(const Instance *a, const Instance *b) {
  if (a->param_count != b->param_count || a->result != b->result) return false;
  if (a->function->is_variadic != b->function->is_variadic) return false;
  for (uint32_t i = 0; i < a->param_count; i++)
    if (a->params[i]->type != b->params[i]->type) return false;
  return true;
}

static Span declared_name(const Sema *sema, const Instance *instance) {
  return name_span(sema->context, instance->span, instance->function->name);
}

static void check_same_symbol(const Sema *sema, const Instance *first, const Instance *second) {
  DiagList *diags = sema->context->diags;
  const char *name = name_text(sema->context->names, second->symbol);
  bool are_bodies = first->body && second->body;
  if (!are_bodies && same_signature(first, second)) return;
  Diag *diag = diag_report(diags, QZ0103, declared_name(sema, second), "the C function %s is %s", name,
                           are_bodies ? "defined twice" : "declared in two ways");
  diag_note(diags, diag, declared_name(sema, first), "the other is here");
  diag_help(diags, diag, "C's names are shared by all modules: %s",
            are_bodies ? "rename one" : "give both the same parameters and result");
}

// A C symbol is one function, in however many modules it is declared. What imports comes before what it imports, and
// is where the message belongs.
static void check_c_symbols(Sema *sema) {
  Map first = {0};
  for (uint32_t i = sema->program->instances.size; i-- > 0;) {
    Instance *instance = sema->program->instances.data[i];
    if (!instance->function->is_c_abi) continue;
    const Instance *before = map_get(&first, instance->symbol);
    if (before) check_same_symbol(sema, before, instance);
    else map_put(sema->arena, &first, instance->symbol, instance);
  }
}

// A program with holes in it, after a syntax error or without a module it imports, would give misleading messages.
static bool is_whole(const Sema *sema) {
  for (uint32_t i = 0; i < sema->modules.size; i++)
    if (sema->modules.data[i]->node->module.is_partial) return false;
  const DiagList *diags = sema->context->diags;
  for (uint32_t i = 0; i < diags->items.size; i++) {
    DiagId id = diags->items.data[i]->id;
    if (id == QZ0002 || id == QZ0006 || id == QZ0010 || id == QZ0011 || id == QZ0200 || id == QZ0303) return false;
  }
  return true;
}

// ── Libraries ───────────────────────────────────────────────────────────────────────────────────────────────────
static void add_library(Sema *sema, Name library) {
  Program *program = sema->program;
  for (uint32_t i = 0; i < program->libraries.size; i++)
    if (program->libraries.data[i] == library) return;
  vec_push(sema->arena, &program->libraries, library);
}

static void find_libraries(Sema *sema) {
  for (uint32_t i = 0; i < sema->program->instances.size; i++)
    for (AST_EACH(attribute, sema->program->instances.data[i]->function->node->function.attributes))
      if (attribute->attribute.name == NAME_link)
        add_library(sema, attribute_text(attribute));
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
// Makes the names of the modules loaded so far known to each other, from module `first` on.
static void link_modules(Sema *sema, uint32_t first) {
  for (uint32_t i = first; i < sema->modules.size; i++) module_link(sema, sema->modules.data[i]);
  if (first == 0) module_open_prelude(sema);
  for (uint32_t i = first; i < sema->modules.size; i++) decl_impls(sema, sema->modules.data[i]);
}

static void check_bodies(Sema *sema) {
  for (uint32_t i = 0; i < sema->modules.size; i++)
    if (sema->modules.data[i]->is_user) resolve_types(sema, sema->modules.data[i]);
  check_impls(sema);
  find_test_runner(sema);
  for (uint32_t i = 0; i < sema->modules.size; i++)
    if (sema->modules.data[i]->is_user) check_module(sema, sema->modules.data[i]);
  do {
    instance_run_queue(sema);
    want_drops_and_crosses(sema);
  } while (sema->queue.size);
  check_c_symbols(sema);
  if (!sema->context->diags->error_count) confine_check(sema);
  if (sema->values_cross && !sema->context->diags->error_count) reach_check(sema);
}

Program *sema_open(Context *context, Arena *arena, const SemaOptions *options) {
  Program *program = arena_new(arena, Program);
  Sema *sema = arena_new(arena, Sema);
  *program = (Program){.context = context, .sema = sema};
  type_table_init(&program->types, arena, context->names);
  *sema = (Sema){.context = context, .arena = arena, .program = program, .types = &program->types, .options = options};
  program->tree_fault.arena = arena;
  expansion_table_init(&sema->expansions, arena);
  sema->nowhere = arena_new(arena, Instance);
  sema->nowhere->type_args = type_args_intern(sema, NULL, 0);
  module_load_prelude(sema);
  link_modules(sema, 0);
  return program;
}

void sema_analyse(Program *program, const Source *root) {
  Sema *sema = program->sema;
  uint32_t first = sema->modules.size;
  sema->root = module_load(sema, root, true);
  load_qspec(sema);
  regex_load(sema);
  link_modules(sema, first);
  if (is_whole(sema)) check_bodies(sema);
  if (!sema->context->diags->error_count) find_libraries(sema);
}

Program *sema_program(Context *context, Arena *arena, const Source *root, const SemaOptions *options) {
  Program *program = sema_open(context, arena, options);
  sema_analyse(program, root);
  return program;
}
