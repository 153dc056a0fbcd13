// What stands in the module besides the bodies of functions: declarations with their attributes, constants, globals,
// the tables that the runtime reads, and `main`.
#include "codegen/emit.h"

#include <string.h>

#include "runtime/qz_runtime.h"

static const char *text_of(const EmitModule *m, Name name) { return name_text(m->mir->context->names, name); }

// ── Attributes ──────────────────────────────────────────────────────────────────────────────────────────────────
void emit_attribute(EmitModule *m, LLVMValueRef function, LLVMAttributeIndex index, const char *name, uint64_t value) {
  unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
  LLVMAddAttributeAtIndex(function, index, LLVMCreateEnumAttribute(m->llvm, kind, value));
}

void emit_attribute_type(EmitModule *m, LLVMValueRef on, bool is_call, LLVMAttributeIndex index, const char *name,
                         LLVMTypeRef type) {
  unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
  LLVMAttributeRef attribute = LLVMCreateTypeAttribute(m->llvm, kind, type);
  if (is_call) LLVMAddCallSiteAttribute(on, index, attribute);
  else LLVMAddAttributeAtIndex(on, index, attribute);
}

void emit_attribute_text(EmitModule *m, LLVMValueRef function, const char *name, const char *value) {
  LLVMAttributeRef attribute =
      LLVMCreateStringAttribute(m->llvm, name, (unsigned)strlen(name), value, (unsigned)strlen(value));
  LLVMAddAttributeAtIndex(function, EMIT_ON_FUNCTION, attribute);
}

static void function_attribute(EmitModule *m, LLVMValueRef function, const char *name) {
  emit_attribute(m, function, EMIT_ON_FUNCTION, name, 0);
}

enum { UNWIND_TABLE_SYNC = 1 };

// Every frame can be walked (panics, profilers) and touches its pages in order (so that an overflow of the stack
// meets the guard page).
// A section that has nothing else: the runtime can tell whether an address is in the program's own code.
#define CODE_SECTION "quartz_text"
#define UNBROKEN_SECTION "quartz_unbroken"  // the same for what is not to be interrupted

// Of functions that are watched.
static const char *sanitizer(const EmitModule *m) {
  switch (m->options->sanitize) {
    case CODEGEN_SANITIZE_NOTHING: return NULL;
    case CODEGEN_SANITIZE_THREAD: return "sanitize_thread";
    case CODEGEN_SANITIZE_ADDRESS: return "sanitize_address";
  }
  return NULL;
}

void emit_common_attributes(EmitModule *m, LLVMValueRef function) {
  emit_attribute(m, function, EMIT_ON_FUNCTION, "uwtable", UNWIND_TABLE_SYNC);
  emit_attribute_text(m, function, "frame-pointer", "all");
  emit_attribute_text(m, function, "probe-stack", "inline-asm");
  if (m->options->level == CODEGEN_OS) function_attribute(m, function, "optsize");
  if (sanitizer(m)) function_attribute(m, function, sanitizer(m));
  LLVMSetSection(function, CODE_SECTION);
}

// Calls of panics that were made one would have no line of their own in a stack trace.
static void never_returns(EmitModule *m, LLVMValueRef function) {
  function_attribute(m, function, "noreturn");
  function_attribute(m, function, "nomerge");
}

// ── Functions ───────────────────────────────────────────────────────────────────────────────────────────────────
static void attributes_of(EmitModule *m, LLVMValueRef llvm, const MirFunction *function) {
  if (!emit_function_may_panic(m->plan, function)) function_attribute(m, llvm, "nounwind");
  if (function->is_noreturn || function->result->kind == MIR_TYPE_NEVER) never_returns(m, llvm);
  if (function->is_cold) function_attribute(m, llvm, "cold");
  if (function->is_unbroken) function_attribute(m, llvm, "noinline");
  if (function->is_inline) function_attribute(m, llvm, "inlinehint");
  emit_signature_attributes(m, llvm, emit_signature_of_function(m, function), false);
}

// What only this program sees is internal to the unit that has it, if that is all of the program. Units see each
// other's under a name that no C function can have.
static const char *name_across_units(EmitModule *m, Name symbol, const char *mark) {
  Text name = {.arena = m->arena};
  text_printf(&name, "%s%s", text_of(m, symbol), mark);
  return text_str(&name);
}

static void set_own_linkage(EmitModule *m, LLVMValueRef own) {
  LLVMSetLinkage(own, emit_has_many_units(m) ? LLVMExternalLinkage : LLVMInternalLinkage);
  if (emit_has_many_units(m)) LLVMSetVisibility(own, LLVMHiddenVisibility);
}

static LLVMValueRef declare(EmitModule *m, const MirFunction *function) {
  bool is_global = !function->blocks.size || function->is_exported, is_own = !is_global && emit_has_many_units(m);
  const char *symbol = is_own ? name_across_units(m, function->symbol, "()") : text_of(m, function->symbol);
  LLVMValueRef llvm = is_global ? LLVMGetNamedFunction(m->module, symbol) : NULL;
  // LLVM gives an internal function whose name is taken, such as the program's own `main`, a number behind it.
  if (!llvm) llvm = LLVMAddFunction(m->module, symbol, emit_signature_of_function(m, function)->type);
  attributes_of(m, llvm, function);
  if (!is_global) set_own_linkage(m, llvm);
  if (!function->blocks.size || !emit_is_in_unit(m, function)) return llvm;
  emit_common_attributes(m, llvm);
  if (function->is_unbroken) LLVMSetSection(llvm, UNBROKEN_SECTION);
  return llvm;
}

LLVMValueRef emit_function(EmitModule *m, const MirFunction *function) {
  FunctionState *state = &m->functions[function->id];
  if (!state->llvm) state->llvm = declare(m, function);
  return state->llvm;
}

// ── Runtime functions, from the text of their C prototypes ──────────────────────────────────────────────────────
static const struct {
  const char *symbol, *result, *parameters;
  int attributes;
} rows[] = {
#define ALLOCATES RUNTIME_ALLOCATES
#define COLD RUNTIME_COLD
#define NORETURN RUNTIME_NORETURN
#define PURE RUNTIME_PURE
#define NOPANIC RUNTIME_NOPANIC
#define RUNTIME(symbol, result, parameters, attributes) {#symbol, #result, #parameters, attributes},
#include "runtime/runtime.def"
#undef ALLOCATES
#undef COLD
#undef NORETURN
#undef PURE
#undef NOPANIC
};

static bool begins(const char *text, const char *word) { return strncmp(text, word, strlen(word)) == 0; }

// The type of one C declaration that ends at `end`.
static LLVMTypeRef c_type(EmitModule *m, const char *text, const char *end) {
  if (memchr(text, '*', (size_t)(end - text))) return m->ptr;
  if (begins(text, "int64_t") || begins(text, "uint64_t") || begins(text, "QzSpot")) return m->i64;
  if (begins(text, "double")) return m->f64;
  if (begins(text, "float")) return m->f32;
  if (begins(text, "void")) return m->void_type;
  assert(begins(text, "int") || begins(text, "uint32_t"));
  return m->i32;
}

enum { RUNTIME_PARAM_LIMIT = 12 };

static LLVMTypeRef runtime_type(EmitModule *m, RuntimeId id) {
  LLVMTypeRef types[RUNTIME_PARAM_LIMIT];
  unsigned count = 0;
  for (const char *at = rows[id].parameters + 1; *at;) {  // behind the parenthesis
    const char *end = at + strcspn(at, ",)");
    assert(count + 1 < RUNTIME_PARAM_LIMIT);
    if (begins(at, "QzPlace ")) types[count++] = m->ptr, types[count++] = m->i64;
    else if (!begins(at, "void)")) types[count++] = c_type(m, at, end);
    at = *end == ',' ? end + 1 + strspn(end + 1, " ") : "";
  }
  return LLVMFunctionType(c_type(m, rows[id].result, rows[id].result + strlen(rows[id].result)), types, count, false);
}

static void runtime_attributes(EmitModule *m, LLVMValueRef function, int attributes) {
  if (attributes & RUNTIME_ALLOCATES) emit_attribute(m, function, LLVMAttributeReturnIndex, "noalias", 0);
  if (attributes & (RUNTIME_COLD | RUNTIME_NORETURN)) function_attribute(m, function, "cold");
  if (attributes & RUNTIME_NORETURN) never_returns(m, function);
  if (attributes & (RUNTIME_PURE | RUNTIME_NOPANIC)) function_attribute(m, function, "nounwind");
}

LLVMValueRef emit_runtime(EmitModule *m, RuntimeId id) {
  if (m->runtime[id]) return m->runtime[id];
  m->runtime_types[id] = runtime_type(m, id);
  LLVMValueRef function = LLVMGetNamedFunction(m->module, rows[id].symbol);
  if (!function) function = LLVMAddFunction(m->module, rows[id].symbol, m->runtime_types[id]);
  runtime_attributes(m, function, rows[id].attributes);
  return m->runtime[id] = function;
}

// ── Constants ───────────────────────────────────────────────────────────────────────────────────────────────────
static LLVMValueRef struct_of(EmitModule *m, LLVMValueRef *parts, unsigned count) {
  return LLVMConstStructInContext(m->llvm, parts, count, false);
}

static LLVMValueRef number32(EmitModule *m, uint32_t value) { return LLVMConstInt(m->i32, value, false); }
static LLVMValueRef number64(EmitModule *m, uint64_t value) { return LLVMConstInt(m->i64, value, false); }

LLVMValueRef emit_private_constant(EmitModule *m, LLVMValueRef initial, unsigned align) {
  LLVMValueRef global = LLVMAddGlobal(m->module, LLVMTypeOf(initial), "");
  LLVMSetInitializer(global, initial);
  LLVMSetGlobalConstant(global, true);
  LLVMSetLinkage(global, LLVMPrivateLinkage);
  LLVMSetUnnamedAddress(global, LLVMGlobalUnnamedAddr);
  LLVMSetAlignment(global, align);
  return global;
}

LLVMValueRef emit_c_string(EmitModule *m, const char *text) {
  Name name = name_from(m->mir->context->names, text);
  LLVMValueRef known = map_get(&m->texts, name);
  if (known) return known;
  known = emit_private_constant(m, LLVMConstStringInContext(m->llvm, text, (unsigned)strlen(text), false), 1);
  map_put(m->arena, &m->texts, name, known);
  return known;
}

static LLVMValueRef immortal_header(EmitModule *m, uint32_t flags) {
  return struct_of(m, (LLVMValueRef[]){number32(m, (uint32_t)QZ_IMMORTAL), number32(m, QZ_TYPE_STRING | flags)}, 2);
}

static uint64_t count_chars(const char *bytes, uint32_t size) {
  uint64_t count = 0;
  for (uint32_t i = 0; i < size; i++) count += ((unsigned char)bytes[i] & 0xC0) != 0x80;
  return count;
}

// A QzString in the program's constants: immortal, so nothing ever writes to it.
LLVMValueRef emit_string_constant(EmitModule *m, Name text) {
  LLVMValueRef known = map_get(&m->strings, text);
  if (known) return known;
  const char *bytes = text_of(m, text);
  uint32_t size = name_size(m->mir->context->names, text);
  LLVMValueRef parts[] = {immortal_header(m, 0), number64(m, size), number64(m, count_chars(bytes, size)),
                          LLVMConstStringInContext(m->llvm, bytes, size, false)};
  known = emit_private_constant(m, struct_of(m, parts, 4), 8);
  map_put(m->arena, &m->strings, text, known);
  return known;
}

static Location location_of(const EmitModule *m, Span span) {
  return source_locate(m->mir->context->sources, span.start);
}

static const char *path_of(const Location *at) { return at->source ? at->source->path : ""; }

// A QzSpot as it stands in a register.
static LLVMValueRef spot(EmitModule *m, const Location *at) {
  return number64(m, (uint64_t)at->column << 32 | at->line);
}

// The two arguments that make a QzPlace.
void emit_place_arguments(EmitModule *m, Span span, LLVMValueRef *arguments) {
  Location at = location_of(m, span);
  arguments[0] = emit_c_string(m, path_of(&at));
  arguments[1] = spot(m, &at);
}

static LLVMValueRef operation_constant(EmitModule *m, const Location *at, const char *op, uint32_t bits) {
  uint64_t key = map_pair(at->source ? at->source->base : 0, (uint32_t)op[0] << 8 | bits);  // op[0] tells them apart
  LLVMValueRef known = map_get(&m->operations, key);
  if (known) return known;
  LLVMValueRef parts[] = {emit_c_string(m, path_of(at)), emit_c_string(m, op), number32(m, bits)};
  known = emit_private_constant(m, struct_of(m, parts, 3), 8);
  map_put(m->arena, &m->operations, key, known);
  return known;
}

// The last two arguments of qz_panic_overflow.
void emit_operation_arguments(EmitModule *m, Span span, const char *op, uint32_t bits, LLVMValueRef *arguments) {
  Location at = location_of(m, span);
  arguments[0] = operation_constant(m, &at, op, bits);
  arguments[1] = spot(m, &at);
}

// ── Functions of the compiler's own, made while another one is being emitted ────────────────────────────────────
EmitSide emit_side_open(EmitModule *m, const char *symbol, const char *shown, LLVMTypeRef type) {
  EmitSide side = {.caller = LLVMGetInsertBlock(m->builder), .location = LLVMGetCurrentDebugLocation2(m->builder)};
  side.function = LLVMAddFunction(m->module, symbol, type);
  LLVMSetLinkage(side.function, LLVMInternalLinkage);
  emit_common_attributes(m, side.function);
  emit_debug_artificial(m, side.function, shown);
  LLVMPositionBuilderAtEnd(m->builder, LLVMAppendBasicBlockInContext(m->llvm, side.function, ""));
  return side;
}

void emit_side_close(EmitModule *m, const EmitSide *side) {
  if (side->caller) LLVMPositionBuilderAtEnd(m->builder, side->caller);
  LLVMSetCurrentDebugLocation2(m->builder, side->location);
}

// ── Closures of plain functions ─────────────────────────────────────────────────────────────────────────────────
// Calls `function` with everything but the closure, which a plain function does not take.
static LLVMValueRef make_thunk(EmitModule *m, const MirFunction *function, const MirType *fn) {
  const Signature *closure = emit_signature_of_closure(m, fn), *plain = emit_signature_of_function(m, function);
  EmitSide side = emit_side_open(m, "quartz.thunk", "quartz.thunk", closure->type);
  emit_signature_attributes(m, side.function, closure, false);
  unsigned count = LLVMCountParams(side.function), skipped = closure->result.kind == PASS_POINTER, kept = 0;
  LLVMValueRef *arguments = arena_array(m->arena, LLVMValueRef, count);
  for (unsigned i = 0; i < count; i++)
    if (i != skipped) arguments[kept++] = LLVMGetParam(side.function, i);
  LLVMValueRef result = LLVMBuildCall2(m->builder, plain->type, emit_function(m, function), arguments, kept, "");
  emit_signature_attributes(m, result, plain, true);
  if (LLVMGetReturnType(closure->type) == m->void_type) LLVMBuildRetVoid(m->builder);
  else LLVMBuildRet(m->builder, result);
  emit_side_close(m, &side);
  return side.function;
}

LLVMValueRef emit_closure_constant(EmitModule *m, const MirFunction *function, const MirType *fn) {
  FunctionState *state = &m->functions[function->id];
  if (state->closure) return state->closure;
  LLVMValueRef header = immortal_header(m, function->is_bound ? QZ_STAYS : 0);
  LLVMValueRef parts[] = {header, make_thunk(m, function, fn)};
  return state->closure = emit_private_constant(m, struct_of(m, parts, 2), 8);
}

// ── Globals ─────────────────────────────────────────────────────────────────────────────────────────────────────
static LLVMValueRef constant_bool_or_number(EmitModule *m, const MirOperand *initial) {
  return LLVMConstInt(emit_type_memory(m, initial->type), initial->bits, false);
}

static LLVMValueRef initial_value(EmitModule *m, const MirGlobal *global) {
  const MirOperand *initial = &global->initial;
  LLVMTypeRef zeros =
      mir_type_is_scalar(global->type) ? emit_type_memory(m, global->type) : emit_type_bytes(m, global->type);
  switch (initial->kind) {
    case MIR_OPERAND_INT: return constant_bool_or_number(m, initial);
    case MIR_OPERAND_FLOAT: return LLVMConstReal(emit_type_memory(m, initial->type), initial->number);
    case MIR_OPERAND_STRING: return emit_string_constant(m, initial->text);
    case MIR_OPERAND_FUNCTION:
      if (initial->type->kind == MIR_TYPE_FN) return emit_closure_constant(m, initial->function, initial->type);
      return emit_function(m, initial->function);
    case MIR_OPERAND_GLOBAL: return emit_global(m, initial->global);
    case MIR_OPERAND_COPY:
    case MIR_OPERAND_MOVE:
    case MIR_OPERAND_ZERO: break;
  }
  return LLVMConstNull(zeros);
}

static LLVMValueRef declare_global(EmitModule *m, const MirGlobal *global) {
  LLVMTypeRef type =
      mir_type_is_scalar(global->type) ? emit_type_memory(m, global->type) : emit_type_bytes(m, global->type);
  const char *symbol = emit_has_many_units(m) ? name_across_units(m, global->symbol, "=") : text_of(m, global->symbol);
  LLVMValueRef llvm = LLVMAddGlobal(m->module, type, symbol);
  set_own_linkage(m, llvm);
  LLVMSetAlignment(llvm, global->type->align);
  return llvm;
}

LLVMValueRef emit_global(EmitModule *m, const MirGlobal *global) {
  LLVMValueRef known = map_get(&m->globals, map_key(global));
  if (known) return known;
  known = declare_global(m, global);
  map_put(m->arena, &m->globals, map_key(global), known);
  if (m->unit == EMIT_FIRST_UNIT) LLVMSetInitializer(known, initial_value(m, global));
  return known;
}

void emit_globals(EmitModule *m) {
  for (uint32_t i = 0; i < m->mir->globals.size; i++) emit_global(m, m->mir->globals.data[i]);
}

// ── The program ─────────────────────────────────────────────────────────────────────────────────────────────────
static LLVMValueRef type_row(EmitModule *m, const MirType *type) {
  bool is_object = type->kind == MIR_TYPE_OBJECT;
  const char *name = is_object ? text_of(m, type->name) : type->kind == MIR_TYPE_STRING ? "String" : NULL;
  LLVMValueRef null = LLVMConstNull(m->ptr);
  LLVMValueRef release = is_object && type->release_glue ? emit_function(m, type->release_glue) : null;
  if (type->kind == MIR_TYPE_STRING) release = emit_runtime(m, RUNTIME_qz_string_free);
  LLVMValueRef cross = is_object && type->cross_glue ? emit_function(m, type->cross_glue) : null;
  LLVMValueRef size = number64(m, is_object ? type->size : 0);
  LLVMValueRef parts[] = {name ? emit_c_string(m, name) : null, release, cross, size, number32(m, type->is_shared),
                          number32(m, type->is_bound)};
  return struct_of(m, parts, 6);
}

static LLVMValueRef types_table(EmitModule *m) {
  const MirTypeTable *types = &m->mir->types;
  LLVMValueRef *table = arena_array(m->arena, LLVMValueRef, types->all.size);
  for (uint32_t i = 0; i < types->all.size; i++) {
    assert(types->all.data[i]->id == i);
    table[i] = type_row(m, types->all.data[i]);
  }
  return emit_private_constant(m, LLVMConstArray2(LLVMTypeOf(table[0]), table, types->all.size), 8);
}

static LLVMValueRef call_plain(EmitModule *m, const MirFunction *function) {
  LLVMTypeRef type = emit_signature_of_function(m, function)->type;
  return LLVMBuildCall2(m->builder, type, emit_function(m, function), NULL, 0, "");
}

// Initialises the modules, runs the program's main and gives the exit status.
static LLVMValueRef program_main(EmitModule *m) {
  EmitSide side = emit_side_open(m, "quartz.main", "quartz.main", LLVMFunctionType(m->i64, NULL, 0, false));
  if (m->mir->init) call_plain(m, m->mir->init);
  LLVMValueRef status = call_plain(m, m->mir->main);
  bool has_status = mir_type_is_integer(m->mir->main->result);
  if (has_status) status = LLVMBuildIntCast2(m->builder, status, m->i64, mir_type_is_signed(m->mir->main->result), "");
  LLVMBuildRet(m->builder, has_status ? status : number64(m, 0));
  emit_side_close(m, &side);
  return side.function;
}

// The linker knows where it put the sections of a name that C could have. NULL: there is none.
static LLVMValueRef section_edge(EmitModule *m, const char *symbol) {
  LLVMValueRef edge = LLVMAddGlobal(m->module, LLVMInt8TypeInContext(m->llvm), symbol);
  LLVMSetLinkage(edge, LLVMExternalWeakLinkage);
  LLVMSetVisibility(edge, LLVMHiddenVisibility);
  return edge;
}

static LLVMValueRef program_table(EmitModule *m) {
  LLVMValueRef deinit = m->mir->deinit ? emit_function(m, m->mir->deinit) : LLVMConstNull(m->ptr);
  const char *folder = m->mir->context->sources->library;
  LLVMValueRef library = folder ? emit_c_string(m, folder) : LLVMConstNull(m->ptr);
  LLVMValueRef parts[] = {program_main(m), deinit, types_table(m), number32(m, m->mir->types.all.size), library,
                          section_edge(m, "__start_" CODE_SECTION), section_edge(m, "__stop_" CODE_SECTION),
                          section_edge(m, "__start_" UNBROKEN_SECTION), section_edge(m, "__stop_" UNBROKEN_SECTION)};
  return emit_private_constant(m, struct_of(m, parts, 9), 8);
}

// int main(int argc, char **argv) { return qz_start(&program, argc, argv); }
void emit_program(EmitModule *m) {
  if (!m->mir->main) return;
  LLVMTypeRef params[] = {m->i32, m->ptr};
  EmitSide side = emit_side_open(m, "main", "quartz.start", LLVMFunctionType(m->i32, params, 2, false));
  LLVMSetLinkage(side.function, LLVMExternalLinkage);
  LLVMValueRef start = emit_runtime(m, RUNTIME_qz_start);
  LLVMValueRef arguments[] = {program_table(m), LLVMGetParam(side.function, 0), LLVMGetParam(side.function, 1)};
  LLVMBuildRet(m->builder, LLVMBuildCall2(m->builder, m->runtime_types[RUNTIME_qz_start], start, arguments, 3, ""));
  emit_side_close(m, &side);
}
