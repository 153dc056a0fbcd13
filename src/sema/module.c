// Modules: loading a file and what it imports, and looking names up in it.
#include <string.h>

#include "parser/parser.h"
#include "sema/internal.h"

// ── Loading ─────────────────────────────────────────────────────────────────────────────────────────────────────
static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

// The name a module goes by in symbols: its file without folders and ending.
static Name module_name(Sema *sema, const Source *source) {
  const char *base = base_name(source->path);
  const char *dot = strrchr(base, '.');
  return name_intern(sema->context->names, base, dot ? (size_t)(dot - base) : strlen(base));
}

static Module *imported_module(Sema *sema, Module *module, AstNode *node) {
  const char *path = name_text(sema->context->names, node->import.path);
  const Source *source = sema->options->load(sema->options->load_data, module->source, path);
  if (source) return module_load(sema, source, module->is_user && !sema_is_std(sema, source));
  Diag *diag = diag_report(sema->context->diags, QZ0200, name_span(sema->context, node->span, node->import.path),
                           "module %s is not found", path);
  const char *similar = suggest_import(sema, module, path);
  if (similar) diag_help(sema->context->diags, diag, "did you mean `%s`?", similar);
  return NULL;
}

static void report_twice(Sema *sema, Name name, Span span) {
  diag_report(sema->context->diags, QZ0202, span, "%s is imported twice", name_text(sema->context->names, name));
}

static void add_import(Sema *sema, Module *module, Symbol symbol, Span span) {
  Symbol *before = map_get(&module->imports, symbol.name);
  if (before && (before->module != symbol.module || before->kind != symbol.kind)) report_twice(sema, symbol.name, span);
  Symbol *kept = arena_new(sema->arena, Symbol);
  *kept = symbol;
  map_put(sema->arena, &module->imports, symbol.name, kept);
}

static void add_module_name(Sema *sema, Module *module, AstNode *node, Module *imported) {
  const char *path = name_text(sema->context->names, node->import.path);
  Name name = node->import.alias ? node->import.alias : name_from(sema->context->names, base_name(path));
  const Module *before = map_get(&module->modules, name);
  if (before && before != imported) report_twice(sema, name, node->span);
  map_put(sema->arena, &module->modules, name, imported);
}

static void import_macros(Sema *sema, Module *module, AstNode *node, const Module *imported) {
  Context *context = sema->context;
  if (!imported->macros) return;  // an import cycle: its macros are not known yet
  for (uint32_t i = 0; i < imported->macros->own.size; i++) {
    const MacroDef *macro = imported->macros->own.data[i];
    Name name = macro->name;
    bool wanted = node->import.all && !macro->node->macro.is_private;
    for (AST_EACH(item, node->import.names)) {
      if (item->import_name.name != macro->name) continue;
      wanted = true;
      if (item->import_name.alias) name = item->import_name.alias;
    }
    if (wanted) macro_scope_import(context, module->macros, name, macro);
  }
}

static void load_import(Sema *sema, Module *module, AstNode *node) {
  Module *imported = imported_module(sema, module, node);
  if (!imported) return;
  vec_push(sema->arena, &module->all_imports, imported);
  if (node->import.all) vec_push(sema->arena, &module->star_imports, imported);
  else if (!node->import.names) add_module_name(sema, module, node, imported);
  ImportedNames names = {node, imported};
  if (node->import.names) vec_push(sema->arena, &module->named_imports, names);
  import_macros(sema, module, node, imported);
}

static void check_tree(Sema *sema, const Module *module, AstStage stage) {
  if (!sema->options->check || sema->program->tree_fault.size) return;
  if (!ast_check(sema->context, module->node, stage, &sema->program->tree_fault))
    text_printf(&sema->program->tree_fault, " (%s, %s)", module->source->path,
                stage == AST_PARSED ? "parsed" : "expanded");
}

Module *module_load(Sema *sema, const Source *source, bool is_user) {
  Module *module = map_get(&sema->modules_by_source, map_key(source));
  if (module) return module;
  module = arena_new(sema->arena, Module);
  *module = (Module){.source = source, .path = module_name(sema, source), .is_user = is_user};
  map_put(sema->arena, &sema->modules_by_source, map_key(source), module);
  vec_push(sema->arena, &sema->modules, module);
  module->node = parse_module(sema->context, source);
  check_tree(sema, module, AST_PARSED);
  module->macros = macro_scope_new(sema->context, module->node);
  map_put(sema->arena, &sema->modules_by_node, map_key(module->node), module);
  for (AST_EACH(node, module->node->module.decls))
    if (node->kind == AST_IMPORT) load_import(sema, module, node);
  macro_expand_module(sema->context, &sema->expansions, module->macros, &(MacroFiles){0});
  check_tree(sema, module, AST_EXPANDED);
  decl_collect(sema, module, module->node->module.decls);
  return module;
}

static void report_private(Sema *sema, const Module *module, Name name, Span declared, Span use) {
  Context *context = sema->context;
  Diag *diag = diag_report(context->diags, QZ0203, use, "%s is private to module %s", name_text(context->names, name),
                           name_text(context->names, module->path));
  diag_note(context->diags, diag, declared, "declared here");
}

// A private macro is imported all the same, so that its uses are not reported too.
static bool link_macro(Sema *sema, const Module *imported, const AstNode *item) {
  const MacroDef *macro = macro_scope_own(imported->macros, item->import_name.name);
  if (macro && macro->node->macro.is_private)
    report_private(sema, imported, macro->name, name_span(sema->context, macro->node->span, macro->name), item->span);
  return macro != NULL;
}

// `from m import x as y`, once every module's names are known.
static void link_named(Sema *sema, Module *module, const ImportedNames *import) {
  for (AST_EACH(item, import->node->import.names)) {
    Name name = item->import_name.name;
    if (link_macro(sema, import->module, item)) continue;
    Symbol *symbol = module_member(sema, import->module, name, module, item->span);
    if (!symbol && !map_get(&import->module->symbols, name)) continue;
    Symbol local = *(Symbol *)map_get(&import->module->symbols, name);  // a private one was reported: its uses are not
    if (item->import_name.alias) local.name = item->import_name.alias;
    add_import(sema, module, local, item->span);
  }
}

void module_link(Sema *sema, Module *module) {
  for (uint32_t i = 0; i < module->named_imports.size; i++) link_named(sema, module, &module->named_imports.data[i]);
}

// ── The prelude ─────────────────────────────────────────────────────────────────────────────────────────────────
static void add_to_prelude(Sema *sema, const Module *module) {
  for (uint32_t i = 0; i < module->symbols.capacity; i++) {
    Symbol *symbol = module->symbols.entries[i].value;
    if (symbol && !symbol->is_private) map_put(sema->arena, &sema->prelude_symbols, symbol->name, symbol);
  }
}

// What every module sees: the public names of std/prelude, of the modules it imports all of, and its named imports.
void module_load_prelude(Sema *sema) {
  const Source *source = sema->options->load(sema->options->load_data, NULL, "prelude");
  if (!source) {
    diag_report(sema->context->diags, QZ0200, (Span){0, 0}, "the standard library is not found");
    return;
  }
  sema->prelude = module_load(sema, source, false);
  for (uint32_t i = 0; i < sema->modules.size; i++) sema->modules.data[i]->is_prelude = true;
}

void module_open_prelude(Sema *sema) {
  Module *prelude = sema->prelude;
  if (!prelude) return;
  for (uint32_t i = 0; i < prelude->star_imports.size; i++) add_to_prelude(sema, prelude->star_imports.data[i]);
  for (uint32_t i = 0; i < prelude->imports.capacity; i++)
    if (prelude->imports.entries[i].value)
      map_put(sema->arena, &sema->prelude_symbols, prelude->imports.entries[i].key, prelude->imports.entries[i].value);
  add_to_prelude(sema, prelude);
}

// ── Looking up ──────────────────────────────────────────────────────────────────────────────────────────────────
// Where only a type can stand, a variant of its name does not hide it: `enum Op  Add …` leaves the bound `Add` alone.
static Symbol *symbol_in(const Map *symbols, Name name, SymbolUse use) {
  Symbol *symbol = map_get(symbols, name);
  return symbol && (use == USE_ANY || symbol->kind == SYMBOL_TYPE) ? symbol : NULL;
}

static Symbol *own_lookup(const Module *module, Name name, SymbolUse use) {
  Symbol *symbol = symbol_in(&module->symbols, name, use);
  return symbol ? symbol : symbol_in(&module->imports, name, use);
}

// A name that came with `*`, other than `first`.
static Symbol *star_lookup(const Module *module, Name name, SymbolUse use, const Symbol *first) {
  for (uint32_t i = 0; i < module->star_imports.size; i++) {
    Symbol *symbol = symbol_in(&module->star_imports.data[i]->symbols, name, use);
    if (symbol && !symbol->is_private && symbol != first) return symbol;
  }
  return NULL;
}

// The module in which a name of an expansion has its meaning; NULL: it is one of the prelude.
static Module *home_of(Sema *sema, Module *module, Name name, uint32_t expansion) {
  AstNode *home = NULL;
  if (!expansion) return module;
  switch (expansion_names(&sema->expansions, sema->context->names, expansion, name, &home)) {
    case EXPANSION_NAMES_HERE: return module;
    case EXPANSION_NAMES_PRELUDE: return NULL;
    case EXPANSION_NAMES_MODULE: break;
  }
  Module *defined = map_get(&sema->modules_by_node, map_key(home));
  return defined ? defined : module;
}

Symbol *module_lookup(Sema *sema, Module *module, Name name, uint32_t expansion, SymbolUse use) {
  const Module *home = home_of(sema, module, name, expansion);
  Symbol *symbol = home ? own_lookup(home, name, use) : NULL;
  if (home && !symbol) symbol = star_lookup(home, name, use, NULL);
  return symbol ? symbol : symbol_in(&sema->prelude_symbols, name, use);
}

static void report_clash(Sema *sema, const AstNode *node, const Symbol *symbol, const Symbol *rival) {
  Context *context = sema->context;
  const char *text = name_text(context->names, symbol->name);
  Diag *diag = diag_report(context->diags, QZ0202, name_span(context, node->span, symbol->name),
                           "%s comes from two modules", text);
  diag_note(context->diags, diag, symbol->span, "one here");
  diag_note(context->diags, diag, rival->span, "the other here");
  diag_help(context->diags, diag, "say which: `from %s import %s`", name_text(context->names, symbol->module->path),
            text);
}

Symbol *module_symbol(Sema *sema, Module *module, const AstNode *node, Name name, SymbolUse use) {
  const Module *home = home_of(sema, module, name, node->expansion);
  Symbol *symbol = module_lookup(sema, module, name, node->expansion, use);
  if (!home || !symbol || own_lookup(home, name, use) || !star_lookup(home, name, use, NULL)) return symbol;
  const Symbol *rival = star_lookup(home, name, use, symbol);
  if (rival) report_clash(sema, node, symbol, rival);
  return symbol;
}

Module *module_imported(Sema *sema, Module *module, Name name, uint32_t expansion) {
  const Module *home = home_of(sema, module, name, expansion);
  return home ? map_get(&home->modules, name) : NULL;
}

Symbol *module_member(Sema *sema, Module *module, Name name, Module *from, Span span) {
  Context *context = sema->context;
  Symbol *symbol = map_get(&module->symbols, name);
  if (!symbol) {
    Diag *diag = diag_report(context->diags, QZ0201, span, "module %s has no %s",
                             name_text(context->names, module->path), name_text(context->names, name));
    const char *similar = suggest(sema, module, name);
    if (similar) diag_help(context->diags, diag, "did you mean `%s`?", similar);
    return NULL;
  }
  if (symbol->is_private && module != from) {
    report_private(sema, module, name, symbol->span, span);
    return NULL;
  }
  return symbol;
}

// Modules of the standard library stand in the prelude's folder or below it.
bool sema_is_std(Sema *sema, const Source *source) {
  if (!sema->prelude) return true;  // the prelude itself is being loaded
  const char *prelude = sema->prelude->source->path;
  return strncmp(source->path, prelude, (size_t)(base_name(prelude) - prelude)) == 0;
}
