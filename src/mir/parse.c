// Text to MIR, the module level: types, globals, function heads. Recursive descent over tokens; nesting of types is
// bounded, everything else is a loop. Functions and nominal types may be used before their line, so a first run over
// the tokens makes them in the order in which they stand.
#include "mir/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_NESTING_LIMIT = 64, BY_VALUE_NESTING_LIMIT = 500, MAX_ARRAY_COUNT_BITS = 48 };

// ── Tokens ──────────────────────────────────────────────────────────────────────────────────────────────────────
void mir_parse_advance(MirParser *p) {
  if (p->failed) return;
  p->token = mir_lexer_next(&p->lexer);
  if (p->token.kind == MIR_TOKEN_BAD) mir_parse_fail(p, "quoted name is not closed or has an unknown escape");
}

void mir_parse_fail(MirParser *p, const char *format, ...) {
  if (p->failed) return;
  p->failed = true;
  Text text = {.arena = p->module->arena};
  va_list args;
  va_start(args, format);
  text_vprintf(&text, format, args);
  va_end(args);
  uint32_t base = p->lexer.source->base;
  diag_report(p->module->context->diags, QZ9003, (Span){base + p->token.start, base + p->token.end}, "%s",
              text_str(&text));
  p->token.kind = MIR_TOKEN_END;
}

const char *mir_parse_token_text(const MirParser *p) {
  if (p->token.kind == MIR_TOKEN_END) return "end of text";
  return arena_text(p->module->arena, p->lexer.source->text + p->token.start, p->token.end - p->token.start);
}

void mir_parse_expected(MirParser *p, const char *what) {
  mir_parse_fail(p, "expected %s, found `%s`", what, mir_parse_token_text(p));
}

bool mir_parse_at_punct(const MirParser *p, char punct) {
  return p->token.kind == MIR_TOKEN_PUNCT && p->token.punct == punct;
}

bool mir_parse_at_word(const MirParser *p, const char *word) {
  return p->token.kind == MIR_TOKEN_WORD && strcmp(name_text(p->lexer.names, p->token.name), word) == 0;
}

bool mir_parse_take_punct(MirParser *p, char punct) {
  if (!mir_parse_at_punct(p, punct)) return false;
  mir_parse_advance(p);
  return true;
}

bool mir_parse_take_word(MirParser *p, const char *word) {
  if (!mir_parse_at_word(p, word)) return false;
  mir_parse_advance(p);
  return true;
}

void mir_parse_need_punct(MirParser *p, char punct) {
  char what[] = {'`', punct, '`', 0};
  if (!mir_parse_take_punct(p, punct)) mir_parse_expected(p, what);
}

Name mir_parse_name(MirParser *p) {
  Name name = p->token.name;
  if (p->token.kind != MIR_TOKEN_WORD && p->token.kind != MIR_TOKEN_QUOTED) {
    mir_parse_expected(p, "a name");
    return NAME_NONE;
  }
  mir_parse_advance(p);
  return name;
}

Name mir_parse_symbol(MirParser *p) {
  mir_parse_need_punct(p, '@');
  return mir_parse_name(p);
}

int64_t mir_parse_signed(MirParser *p) {
  if (p->token.kind != MIR_TOKEN_NUMBER) {
    mir_parse_expected(p, "a number");
    return 0;
  }
  const char *text = mir_parse_token_text(p);
  char *end;
  errno = 0;
  int64_t number = strtoll(text, &end, 10);
  if (errno || *end) mir_parse_expected(p, "a whole number of 64 bits");
  else mir_parse_advance(p);
  return number;
}

uint64_t mir_parse_number(MirParser *p, uint64_t limit) {
  int64_t number = mir_parse_signed(p);
  if (number >= 0 && (uint64_t)number < limit) return (uint64_t)number;
  mir_parse_fail(p, "the number is out of range: it must be less than %llu", (unsigned long long)limit);
  return 0;
}

bool mir_parse_at_numbered(const MirParser *p, const char *prefix, uint32_t *number) {
  if (p->token.kind != MIR_TOKEN_WORD) return false;
  const char *text = name_text(p->lexer.names, p->token.name);
  size_t size = strlen(prefix);
  if (strncmp(text, prefix, size) != 0 || !text[size]) return false;
  char *end;
  errno = 0;
  unsigned long value = strtoul(text + size, &end, 10);
  if (errno || *end || text[size] < '0' || text[size] > '9' || value >= UINT32_MAX) return false;
  *number = (uint32_t)value;
  return true;
}

// ── Types ───────────────────────────────────────────────────────────────────────────────────────────────────────
static MirType *parse_type_at(MirParser *p, int depth);

static bool at_kind(const MirParser *p, MirTypeKind kind) { return mir_parse_at_word(p, mir_type_kind_text(kind)); }

static bool at_numbered_fn(const MirParser *p, uint32_t *number) { return mir_parse_at_numbered(p, "fn", number); }

static bool at_type(const MirParser *p) {
  uint32_t number;
  if (at_numbered_fn(p, &number)) return true;
  if (p->token.kind == MIR_TOKEN_QUOTED || mir_parse_at_punct(p, '[')) return true;
  for (int kind = 0; kind < MIR_TYPE_OBJECT; kind++)
    if (at_kind(p, (MirTypeKind)kind)) return true;
  return false;
}

static bool is_value_type(const MirType *type) { return type && type->kind != MIR_TYPE_OBJECT; }

static MirType *value_type(MirParser *p, MirType *type) {
  if (type && !is_value_type(type)) mir_parse_fail(p, "an object is no value: write `ref` before it");
  return is_value_type(type) ? type : NULL;
}

static MirType *parse_fn_type(MirParser *p, int depth) {
  VEC(MirType *) params = {0};
  mir_parse_need_punct(p, '(');
  while (!p->failed && !mir_parse_at_punct(p, ')')) {
    if (params.size) mir_parse_need_punct(p, ',');
    MirType *param = value_type(p, parse_type_at(p, depth + 1));
    if (param) vec_push(p->module->arena, &params, param);
  }
  mir_parse_need_punct(p, ')');
  MirType *result = value_type(p, parse_type_at(p, depth + 1));
  return result ? mir_type_fn(&p->module->types, params.data, params.size, result) : NULL;
}

static MirType *parse_array_type(MirParser *p, int depth) {
  MirType *element = value_type(p, parse_type_at(p, depth + 1));
  if (!mir_parse_take_word(p, "x")) mir_parse_expected(p, "`x` and the number of elements");
  uint64_t count = mir_parse_number(p, (uint64_t)1 << MAX_ARRAY_COUNT_BITS);
  mir_parse_need_punct(p, ']');
  return element && !p->failed ? mir_type_array(&p->module->types, element, count) : NULL;
}

static MirType *parse_pointer_type(MirParser *p, MirTypeKind kind, int depth) {
  if (kind == MIR_TYPE_PTR && !at_type(p)) return mir_type_ptr(&p->module->types, NULL);
  MirType *to = parse_type_at(p, depth + 1);
  if (!to) return NULL;
  if (kind == MIR_TYPE_PTR) return mir_type_ptr(&p->module->types, to);
  if (to->kind == MIR_TYPE_OBJECT) return mir_type_ref(&p->module->types, to);
  mir_parse_fail(p, "`ref` is followed by an object type");
  return NULL;
}

static MirType *parse_nominal_name(MirParser *p) {
  MirType *type = map_get(&p->module->types.nominal, p->token.name);
  if (!type) mir_parse_fail(p, "no type has the name %s", mir_parse_token_text(p));
  else mir_parse_advance(p);
  return type;
}

static MirType *parse_fn_number(MirParser *p, uint32_t number) {
  MirType *type = map_get(&p->fns, number);
  if (!type) mir_parse_fail(p, "no type before here has the name fn%u", number);
  else mir_parse_advance(p);
  return type;
}

static MirType *parse_type_at(MirParser *p, int depth) {
  uint32_t number;
  if (depth > TYPE_NESTING_LIMIT) mir_parse_fail(p, "the type is nested too deeply");
  if (at_numbered_fn(p, &number)) return parse_fn_number(p, number);
  if (p->token.kind == MIR_TOKEN_QUOTED) return parse_nominal_name(p);
  if (mir_parse_take_punct(p, '[')) return parse_array_type(p, depth);
  for (int kind = 0; kind < MIR_TYPE_OBJECT; kind++) {
    if (!at_kind(p, (MirTypeKind)kind)) continue;
    mir_parse_advance(p);
    if (kind == MIR_TYPE_FN) return parse_fn_type(p, depth);
    if (kind == MIR_TYPE_PTR || kind == MIR_TYPE_REF) return parse_pointer_type(p, (MirTypeKind)kind, depth);
    return p->module->types.basic[kind];
  }
  mir_parse_expected(p, "a type");
  return NULL;
}

MirType *mir_parse_type(MirParser *p) { return parse_type_at(p, 0); }

MirType *mir_parse_value_type(MirParser *p) { return value_type(p, mir_parse_type(p)); }

// ── Nominal types ───────────────────────────────────────────────────────────────────────────────────────────────
typedef VEC(MirField) FieldList;

// `name: type` or a type alone; what comes after the first word decides.
static void parse_field(MirParser *p, FieldList *fields) {
  MirField field = {0};
  MirParser before = *p;
  if (p->token.kind == MIR_TOKEN_WORD || p->token.kind == MIR_TOKEN_QUOTED) {
    Name name = mir_parse_name(p);
    if (mir_parse_take_punct(p, ':')) field.name = name;
    else if (!p->failed) *p = before;
  }
  field.type = mir_parse_value_type(p);
  if (field.type) vec_push(p->module->arena, fields, field);
}

static FieldList parse_fields(MirParser *p, char open, char close) {
  FieldList fields = {0};
  mir_parse_need_punct(p, open);
  while (!p->failed && !mir_parse_at_punct(p, close)) {
    if (fields.size) mir_parse_need_punct(p, ',');
    parse_field(p, &fields);
  }
  mir_parse_need_punct(p, close);
  return fields;
}

static MirVariant parse_variant(MirParser *p) {
  MirVariant variant = {.name = mir_parse_name(p)};
  if (mir_parse_at_punct(p, '(')) {
    FieldList fields = parse_fields(p, '(', ')');
    variant.fields = fields.data;
    variant.field_count = fields.size;
  }
  mir_parse_need_punct(p, '=');
  variant.tag = mir_parse_signed(p);
  return variant;
}

static void parse_variants(MirParser *p, MirType *type) {
  VEC(MirVariant) variants = {0};
  mir_parse_need_punct(p, '{');
  while (!p->failed && !mir_parse_at_punct(p, '}')) {
    if (variants.size) mir_parse_need_punct(p, ',');
    MirVariant variant = parse_variant(p);
    vec_push(p->module->arena, &variants, variant);
  }
  mir_parse_need_punct(p, '}');
  if (variants.size > UINT16_MAX) mir_parse_fail(p, "an enum has at most %u variants", UINT16_MAX);
  if (!p->failed) mir_type_set_variants(&p->module->types, type, variants.data, variants.size);
}

static void parse_glue(MirParser *p, MirType *type) {
  if (mir_parse_take_word(p, "drop")) {
    type->user_drop = mir_parse_function_name(p);
    type->is_managed = true;
  }
  if (mir_parse_take_word(p, "release")) type->release_glue = mir_parse_function_name(p);
  if (mir_parse_take_word(p, "retain")) type->retain_glue = mir_parse_function_name(p);
  if (mir_parse_take_word(p, "send")) type->user_cross = mir_parse_function_name(p);
  if (mir_parse_take_word(p, "cross")) type->cross_glue = mir_parse_function_name(p);
  if (mir_parse_take_word(p, "shared")) type->is_shared = true;
  if (mir_parse_take_word(p, "actor")) type->is_actor = true;
  if (mir_parse_take_word(p, "bound")) type->is_bound = true;
}

static void parse_nominal(MirParser *p) {
  Name name = p->token.name;
  mir_parse_advance(p);
  mir_parse_need_punct(p, '=');
  MirType *type = map_get(&p->module->types.nominal, name);
  if (!type) {  // its line does not begin with `type "name" = kind`, so the first run passed it by
    mir_parse_expected(p, "`object`, `struct` or `enum` on the line of its name");
    return;
  }
  if (map_put(p->module->arena, &p->declared, map_pair(1, name), type) || !at_kind(p, type->kind)) {
    mir_parse_fail(p, "the type is declared twice");
    return;
  }
  mir_parse_advance(p);
  if (type->kind == MIR_TYPE_ENUM) {
    parse_variants(p, type);
  } else {
    FieldList fields = parse_fields(p, '{', '}');
    if (!p->failed) mir_type_set_fields(&p->module->types, type, fields.data, fields.size);
  }
  parse_glue(p, type);
}

// `fn1 = fn(…) …`: its name may follow, and nothing else may have it.
static void parse_numbered_fn(MirParser *p, uint32_t number) {
  if (map_get(&p->fns, number)) mir_parse_fail(p, "the type is declared twice");
  mir_parse_advance(p);
  mir_parse_need_punct(p, '=');
  if (!at_kind(p, MIR_TYPE_FN)) mir_parse_expected(p, "`fn`");
  MirType *type = mir_parse_type(p);
  if (type) map_put(p->module->arena, &p->fns, number, type);
}

static void parse_type_line(MirParser *p) {
  uint32_t number;
  if (at_numbered_fn(p, &number)) parse_numbered_fn(p, number);
  else parse_nominal(p);
}

// ── Types inside types ──────────────────────────────────────────────────────────────────────────────────────────
// How many types lie inside one another by value, this one included. A type that holds itself never ends, and a chain
// of thousands would be thousands of calls deep in every walk over types: both count as BY_VALUE_NESTING_LIMIT.
typedef struct Nesting {
  Arena *arena;
  Map depths;  // MirType* → &depths_found[depth]
  char depths_found[BY_VALUE_NESTING_LIMIT + 1];
} Nesting;

static uint32_t type_depth(Nesting *nesting, MirType *type, uint32_t level);

static uint32_t fields_depth(Nesting *nesting, const MirField *fields, uint32_t count, uint32_t level) {
  uint32_t deepest = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t depth = type_depth(nesting, fields[i].type, level);
    if (depth > deepest) deepest = depth;
  }
  return deepest;
}

static uint32_t parts_depth(Nesting *nesting, MirType *type, uint32_t level) {
  if (type->kind == MIR_TYPE_ARRAY) return type_depth(nesting, type->array.element, level);
  if (type->kind != MIR_TYPE_ENUM) return fields_depth(nesting, type->fields.fields, type->fields.field_count, level);
  uint32_t deepest = 0;
  for (uint32_t i = 0; i < type->enum_.variant_count; i++) {
    const MirVariant *variant = &type->enum_.variants[i];
    uint32_t depth = fields_depth(nesting, variant->fields, variant->field_count, level);
    if (depth > deepest) deepest = depth;
  }
  return deepest;
}

static uint32_t type_depth(Nesting *nesting, MirType *type, uint32_t level) {
  if (!mir_type_kind_is_nominal(type->kind) && type->kind != MIR_TYPE_ARRAY) return 0;
  if (level >= BY_VALUE_NESTING_LIMIT) return BY_VALUE_NESTING_LIMIT;
  const char *known = map_get(&nesting->depths, map_key(type));
  if (known) return (uint32_t)(known - nesting->depths_found);
  // While it is being looked at a type counts as endless: whoever meets it then is inside it.
  map_put(nesting->arena, &nesting->depths, map_key(type), &nesting->depths_found[BY_VALUE_NESTING_LIMIT]);
  uint32_t depth = parts_depth(nesting, type, level + 1) + 1;
  if (depth > BY_VALUE_NESTING_LIMIT) depth = BY_VALUE_NESTING_LIMIT;
  map_put(nesting->arena, &nesting->depths, map_key(type), &nesting->depths_found[depth]);
  return depth;
}

static void check_type(MirParser *p, Nesting *nesting, MirType *type) {
  if (type_depth(nesting, type, 0) >= BY_VALUE_NESTING_LIMIT) {
    mir_parse_fail(p, "a type holds itself by value, or holds too many types one inside the other");
    return;
  }
  mir_type_layout(type);
  if (type->size >= MIR_TYPE_SIZE_LIMIT) mir_parse_fail(p, "a type is too large");
}

// A type whose line was found, but stands behind something that is no type.
static void check_all_types_declared(MirParser *p) {
  const MirTypeTable *types = &p->module->types;
  for (uint32_t i = 0; i < types->all.size; i++) {
    const MirType *type = types->all.data[i];
    if (mir_type_kind_is_nominal(type->kind) && !map_get(&p->declared, map_pair(1, type->name)))
      mir_parse_fail(p, "types stand before all else, and %s does not", name_text(p->lexer.names, type->name));
  }
}

// New types appear while functions are read (arrays, pointers), so this goes on where it stopped.
static void check_types(MirParser *p, Nesting *nesting, uint32_t *next) {
  MirTypeTable *types = &p->module->types;
  for (; *next < types->all.size && !p->failed; ++*next) check_type(p, nesting, types->all.data[*next]);
}

// ── Globals and functions ───────────────────────────────────────────────────────────────────────────────────────
static Name parse_display(MirParser *p, Name symbol) {
  return mir_parse_take_word(p, "as") ? mir_parse_name(p) : symbol;
}

static void parse_global(MirParser *p) {
  MirGlobal *global = mir_parse_global_name(p);
  if (!global) return;
  if (global->type) mir_parse_fail(p, "the global is declared twice");
  global->display = parse_display(p, global->symbol);
  mir_parse_need_punct(p, ':');
  global->type = mir_parse_value_type(p);
  mir_parse_need_punct(p, '=');
  if (mir_parse_at_constant(p)) global->initial = mir_parse_constant(p);
  else mir_parse_expected(p, "a constant");
}

MirGlobal *mir_parse_global_name(MirParser *p) {
  MirToken at = p->token;
  Name symbol = mir_parse_symbol(p);
  MirGlobal *global = map_get(&p->globals, symbol);
  if (global || p->failed) return global;
  p->token = at;
  mir_parse_fail(p, "no global has the symbol %s", name_text(p->lexer.names, symbol));
  return NULL;
}

MirFunction *mir_parse_function_name(MirParser *p) {
  MirToken at = p->token;
  Name symbol = mir_parse_symbol(p);
  MirFunction *function = map_get(&p->module->by_symbol, symbol);
  if (function || p->failed) return function;
  p->token = at;
  mir_parse_fail(p, "no function has the symbol %s", name_text(p->lexer.names, symbol));
  return NULL;
}

static void parse_param(MirParser *p) {
  MirFunction *function = p->function;
  uint32_t number;
  if (!mir_parse_at_numbered(p, "_", &number) || number != function->param_count + 1) {
    mir_parse_fail(p, "expected parameter _%u, found `%s`", function->param_count + 1, mir_parse_token_text(p));
    return;
  }
  mir_parse_advance(p);
  Name name = mir_parse_at_punct(p, ':') ? NAME_NONE : mir_parse_name(p);
  mir_parse_need_punct(p, ':');
  bool is_owned = mir_parse_take_word(p, "owned");
  MirType *type = mir_parse_value_type(p);
  if (!type) return;
  MirLocalId id = mir_local_new(p->module, function, MIR_LOCAL_PARAM, type, name, (Span){0});
  function->locals.data[id].is_owned = is_owned;
}

static void parse_attributes(MirParser *p) {
  bool found;
  do {
    found = false;
#define MIR_LOCAL_WORD(KIND, text)
#define MIR_FLAG_WORD(FLAG, text)
#define MIR_ATTRIBUTE(field, text) \
  if (mir_parse_take_word(p, text)) found = p->function->field = true;
#include "mir/mir_words.def"
  } while (found);
  if (!mir_parse_take_word(p, "variadic")) return;
  p->function->is_variadic = true;
  p->function->fixed_params = (uint32_t)mir_parse_number(p, p->function->param_count + 1);
}

static void parse_function(MirParser *p, bool has_body) {
  MirFunction *function = p->function = mir_parse_function_name(p);
  if (!function) return;
  if (map_put(p->module->arena, &p->declared, function->symbol, function)) {
    mir_parse_fail(p, "the function is declared twice");
    return;
  }
  function->display = parse_display(p, function->symbol);
  mir_parse_need_punct(p, '(');
  while (!p->failed && !mir_parse_at_punct(p, ')')) {
    if (function->param_count) mir_parse_need_punct(p, ',');
    parse_param(p);
  }
  mir_parse_need_punct(p, ')');
  if (p->token.kind != MIR_TOKEN_ARROW) mir_parse_expected(p, "`->` and the result type");
  mir_parse_advance(p);
  MirType *result = mir_parse_value_type(p);
  if (!result) return;
  function->result = function->locals.data[MIR_RETURN_LOCAL].type = result;
  parse_attributes(p);
  if (has_body) mir_parse_body(p);
}

// ── Module ──────────────────────────────────────────────────────────────────────────────────────────────────────
static bool parse_type_item(MirParser *p) {
  if (mir_parse_take_word(p, "type")) parse_type_line(p);
  else if (mir_parse_take_word(p, "glue")) {
    MirType *type = mir_parse_type(p);
    if (type) parse_glue(p, type);
  } else return false;
  return true;
}

static void parse_item(MirParser *p) {
  if (mir_parse_take_word(p, "global")) parse_global(p);
  else if (mir_parse_take_word(p, "main")) p->module->main = mir_parse_function_name(p);
  else if (mir_parse_take_word(p, "init")) p->module->init = mir_parse_function_name(p);
  else if (mir_parse_take_word(p, "deinit")) p->module->deinit = mir_parse_function_name(p);
  else if (mir_parse_take_word(p, "declare")) parse_function(p, false);
  else if (mir_parse_take_word(p, "fn")) parse_function(p, true);
  else mir_parse_expected(p, "`type`, `glue`, `global`, `main`, `init`, `deinit`, `declare` or `fn`");
}

static void announce_function(MirParser *p) {
  MirModule *module = p->module;
  if (!mir_parse_take_punct(p, '@')) return;
  if (p->token.kind != MIR_TOKEN_QUOTED && p->token.kind != MIR_TOKEN_WORD) return;
  Name symbol = p->token.name;
  if (!map_get(&module->by_symbol, symbol))
    mir_function_new(module, symbol, symbol, module->types.basic[MIR_TYPE_VOID], (Span){0});
}

static void announce_global(MirParser *p) {
  if (!mir_parse_take_punct(p, '@')) return;
  if (p->token.kind != MIR_TOKEN_QUOTED && p->token.kind != MIR_TOKEN_WORD) return;
  Name symbol = p->token.name;
  if (map_get(&p->globals, symbol)) return;
  MirGlobal *global = arena_new(p->module->arena, MirGlobal);
  global->symbol = symbol;
  map_put(p->module->arena, &p->globals, symbol, global);
  vec_push(p->module->arena, &p->module->globals, global);
}

static void announce_type(MirParser *p) {
  Name name = p->token.name;
  if (p->token.kind != MIR_TOKEN_QUOTED) return;
  mir_parse_advance(p);
  if (!mir_parse_take_punct(p, '=')) return;
  for (int kind = MIR_TYPE_OBJECT; kind <= MIR_TYPE_ENUM; kind++)
    if (at_kind(p, (MirTypeKind)kind)) mir_type_nominal(&p->module->types, (MirTypeKind)kind, name);
}

// An item found by the first run: makes the type, global or function, so that it can be named before its line.
static void announce(MirParser *p) {
  if (mir_parse_take_word(p, "fn") || mir_parse_take_word(p, "declare")) announce_function(p);
  else if (mir_parse_take_word(p, "global")) announce_global(p);
  else if (mir_parse_take_word(p, "type")) announce_type(p);
}

static void announce_all(MirParser *p) {
  MirLexer start = p->lexer;
  int depth = 0;
  for (mir_parse_advance(p); p->token.kind != MIR_TOKEN_END; mir_parse_advance(p)) {
    if (mir_parse_at_punct(p, '{')) depth++;
    if (mir_parse_at_punct(p, '}')) depth--;
    if (depth == 0 && p->token.starts_line) announce(p);
  }
  p->lexer = start;
}

static void check_all_declared(MirParser *p) {
  for (uint32_t i = 0; i < p->module->globals.size; i++)
    if (!p->module->globals.data[i]->type) mir_parse_fail(p, "a global is named, but has no line of its own");
  for (uint32_t i = 0; i < p->module->functions.size; i++) {
    Name symbol = p->module->functions.data[i]->symbol;
    if (map_get(&p->declared, symbol)) continue;
    mir_parse_fail(p, "@%s has no line of its own", name_text(p->lexer.names, symbol));
  }
}

// The types are read first, each by itself, because fields need their layout only when all are known.
MirModule *mir_parse(Context *context, Arena *arena, const Source *source) {
  MirModule *module = mir_module_new(context, arena);
  MirParser p = {.module = module, .lexer = {.arena = arena, .names = context->names, .source = source}};
  Nesting *nesting = arena_new(arena, Nesting);
  nesting->arena = arena;
  uint32_t checked = 0;
  announce_all(&p);
  mir_parse_advance(&p);
  while (!p.failed && parse_type_item(&p)) continue;
  check_all_types_declared(&p);
  check_types(&p, nesting, &checked);
  while (p.token.kind != MIR_TOKEN_END) parse_item(&p);
  check_types(&p, nesting, &checked);
  check_all_declared(&p);
  return p.failed ? NULL : module;
}
