// DWARF: functions under the names their users wrote, the line of every statement, locals with their types.
// Version 4, which the runtime's own reader (runtime/symbolize.c) and every debugger understand.
#include <llvm-c/IRReader.h>
#include <string.h>
#include <unistd.h>

#include "codegen/emit.h"

struct DebugInfo {
  LLVMDIBuilderRef builder;
  LLVMMetadataRef unit, unit_file;
  Map files;  // Source address → file
  Map types;  // MirType address → type
  Map functions;  // MirFunction address → subprogram
  Map calls;  // MirInlined address → place of the call that was replaced
  // The function being emitted
  LLVMMetadataRef scope;
  // The place that is current
  const MirInlined *last_inlined;
  LLVMMetadataRef last_file;
  uint32_t last_line, last_start;
  bool has_last;
  bool is_exact;  // what is current has the column of last_start, not only its line
};

typedef struct Spot {
  LLVMMetadataRef file;
  uint32_t line, column;
} Spot;

enum {
  DWARF_VERSION = 4,
  ENCODING_BOOL = 2,
  ENCODING_FLOAT = 4,
  ENCODING_SIGNED = 5,
  ENCODING_UNSIGNED = 7,
  ENCODING_UNSIGNED_CHAR = 8,
  ENCODING_UTF = 16,
  TAG_STRUCTURE = 19,
  OP_DEREF = 6
};

// ── Files and places ────────────────────────────────────────────────────────────────────────────────────────────
static LLVMMetadataRef file_of(EmitModule *m, const Source *source) {
  DebugInfo *d = m->debug;
  LLVMMetadataRef known = map_get(&d->files, map_key(source));
  if (known) return known;
  char directory[4096];
  if (!getcwd(directory, sizeof directory)) directory[0] = 0;
  known = LLVMDIBuilderCreateFile(d->builder, source->path, strlen(source->path), directory, strlen(directory));
  map_put(m->arena, &d->files, map_key(source), known);
  return known;
}

static Spot spot_of(EmitModule *m, Span span) {
  Context *context = m->mir->context;
  Location at = source_locate(context->sources, span.start);
  if (!at.source) return (Spot){m->debug->unit_file, 0, 0};
  return (Spot){file_of(m, at.source), at.line, at.column};
}

// ── Types ───────────────────────────────────────────────────────────────────────────────────────────────────────
static LLVMMetadataRef type_of(EmitModule *m, const MirType *type);

static const char *name_of(EmitModule *m, Name name) { return name_text(m->mir->context->names, name); }

static LLVMMetadataRef basic(EmitModule *m, const char *name, const MirType *type, LLVMDWARFTypeEncoding encoding) {
  return LLVMDIBuilderCreateBasicType(m->debug->builder, name, strlen(name), type->size * 8, encoding, LLVMDIFlagZero);
}

static LLVMMetadataRef pointer_to(EmitModule *m, LLVMMetadataRef to, const char *name) {
  return LLVMDIBuilderCreatePointerType(m->debug->builder, to, 64, 64, 0, name, strlen(name));
}

static LLVMMetadataRef member(EmitModule *m, const char *name, LLVMMetadataRef type, uint64_t size, uint64_t offset) {
  DebugInfo *d = m->debug;
  return LLVMDIBuilderCreateMemberType(d->builder, d->unit, name, strlen(name), d->unit_file, 0, size * 8, 0,
                                       offset * 8, LLVMDIFlagZero, type);
}

static LLVMMetadataRef structure(EmitModule *m, const char *name, uint64_t size, LLVMMetadataRef *members,
                                 uint32_t count) {
  DebugInfo *d = m->debug;
  return LLVMDIBuilderCreateStructType(d->builder, d->unit, name, strlen(name), d->unit_file, 0, size * 8, 0,
                                       LLVMDIFlagZero, NULL, members, count, 0, NULL, "", 0);
}

static LLVMMetadataRef array_of(EmitModule *m, LLVMMetadataRef element, uint64_t size, uint64_t count) {
  DebugInfo *d = m->debug;
  LLVMMetadataRef range = LLVMDIBuilderGetOrCreateSubrange(d->builder, 0, (int64_t)count);
  return LLVMDIBuilderCreateArrayType(d->builder, size * 8, 0, element, &range, 1);
}

static LLVMMetadataRef member_of_field(EmitModule *m, const MirField *field, uint32_t index) {
  Text name = {.arena = m->scratch};
  if (field->name) text_append(&name, name_of(m, field->name));
  else text_printf(&name, "_%u", index);
  return member(m, text_str(&name), type_of(m, field->type), field->type->size, field->offset);
}

static LLVMMetadataRef fields_structure(EmitModule *m, const char *name, uint64_t size, const MirField *fields,
                                        uint32_t count) {
  LLVMMetadataRef *members = arena_array(m->scratch, LLVMMetadataRef, count + 1);
  for (uint32_t i = 0; i < count; i++) members[i] = member_of_field(m, &fields[i], i);
  return structure(m, name, size, members, count);
}

// The tag as an enumeration, so that debuggers show the variant's name.
static LLVMMetadataRef tag_enumeration(EmitModule *m, const MirType *type) {
  DebugInfo *d = m->debug;
  const MirType *tag = type->enum_.tag_type;
  uint32_t count = type->enum_.variant_count;
  LLVMMetadataRef *names = arena_array(m->scratch, LLVMMetadataRef, count + 1);
  for (uint32_t i = 0; i < count; i++) {
    const MirVariant *variant = &type->enum_.variants[i];
    const char *name = name_of(m, variant->name);
    names[i] = LLVMDIBuilderCreateEnumerator(d->builder, name, strlen(name), variant->tag, !mir_type_is_signed(tag));
  }
  return LLVMDIBuilderCreateEnumerationType(d->builder, d->unit, "", 0, d->unit_file, 0, tag->size * 8, 0, names, count,
                                            type_of(m, tag));
}

// An enum shows as its tag and, one over the other, the payloads of its variants.
static LLVMMetadataRef enum_structure(EmitModule *m, const MirType *type) {
  LLVMMetadataRef *members = arena_array(m->scratch, LLVMMetadataRef, type->enum_.variant_count + 1);
  uint32_t count = 0;
  if (type->enum_.repr == MIR_ENUM_TAGGED)
    members[count++] = member(m, "tag", tag_enumeration(m, type), type->enum_.tag_type->size, 0);
  for (uint32_t i = 0; i < type->enum_.variant_count; i++) {
    const MirVariant *variant = &type->enum_.variants[i];
    const char *name = name_of(m, variant->name);
    if (!variant->field_count) continue;
    LLVMMetadataRef payload = fields_structure(m, name, type->size, variant->fields, variant->field_count);
    members[count++] = member(m, name, payload, type->size, 0);
  }
  return structure(m, name_of(m, type->name), type->size, members, count);
}

// Types that contain themselves meet a stand-in, which is replaced when they are complete.
static LLVMMetadataRef nominal(EmitModule *m, const MirType *type) {
  DebugInfo *d = m->debug;
  const char *name = name_of(m, type->name);
  LLVMMetadataRef stand_in = LLVMDIBuilderCreateReplaceableCompositeType(
      d->builder, TAG_STRUCTURE, name, strlen(name), d->unit, d->unit_file, 0, 0, 0, 0, LLVMDIFlagZero, "", 0);
  map_put(m->arena, &d->types, map_key(type), stand_in);
  LLVMMetadataRef made = type->kind == MIR_TYPE_ENUM
                             ? enum_structure(m, type)
                             : fields_structure(m, name, type->size, type->fields.fields, type->fields.field_count);
  LLVMMetadataReplaceAllUsesWith(stand_in, made);
  return made;
}

static LLVMMetadataRef string_pointer(EmitModule *m) {
  const MirTypeTable *types = &m->mir->types;
  LLVMMetadataRef size = type_of(m, types->basic[MIR_TYPE_I64]);
  LLVMMetadataRef byte =
      LLVMDIBuilderCreateBasicType(m->debug->builder, "byte", 4, 8, ENCODING_UNSIGNED_CHAR, LLVMDIFlagZero);
  LLVMMetadataRef members[] = {member(m, "byte_size", size, 8, 8), member(m, "char_size", size, 8, 16),
                               member(m, "bytes", array_of(m, byte, 0, 0), 0, 24)};
  return pointer_to(m, structure(m, "String", 24, members, 3), "");
}

// For what the C interface of LLVM cannot make: the node that the named one holds.
static LLVMMetadataRef metadata_from_text(EmitModule *m, const char *text, const char *name) {
  LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRange(text, strlen(text), name, true);
  LLVMBool discards = LLVMContextShouldDiscardValueNames(m->llvm);
  LLVMModuleRef module;
  char *error;
  LLVMContextSetDiscardValueNames(m->llvm, false);  // the reader insists
  LLVMBool failed = LLVMParseIRInContext(m->llvm, buffer, &module, &error);
  LLVMContextSetDiscardValueNames(m->llvm, discards);
  assert(!failed);
  (void)failed;
  LLVMValueRef node;
  LLVMGetNamedMetadataOperands(module, name, &node);
  LLVMMetadataRef metadata = LLVMValueAsMetadata(node);
  LLVMDisposeModule(module);
  return metadata;
}

// An array of characters that lies behind the pointer and is as long as the object says: debuggers print the text.
static LLVMMetadataRef string_array(EmitModule *m) {
  static const char text[] =
      "!string = !{!0}\n"
      "!0 = !DICompositeType(tag: DW_TAG_array_type, name: \"String\", baseType: !1, size: 64, elements: !2,\n"
      "  dataLocation: !DIExpression(DW_OP_push_object_address, DW_OP_deref, DW_OP_plus_uconst, 24))\n"
      "!1 = !DIBasicType(name: \"char\", size: 8, encoding: DW_ATE_unsigned_char)\n"
      "!2 = !{!3}\n"
      "!3 = !DISubrange(lowerBound: 0, count: !DIExpression(DW_OP_push_object_address, DW_OP_deref,\n"
      "  DW_OP_plus_uconst, 8, DW_OP_deref))\n";
  return metadata_from_text(m, text, "string");
}

// Such an array needs a variable in memory; debuggers take one in a register for empty.
static LLVMMetadataRef string_type(EmitModule *m) {
  return m->options->level == CODEGEN_O0 ? string_array(m) : string_pointer(m);
}

static LLVMMetadataRef make_type(EmitModule *m, const MirType *type) {
  switch (type->kind) {
    case MIR_TYPE_BOOL: return basic(m, "Bool", type, ENCODING_BOOL);
    case MIR_TYPE_I8: return basic(m, "I8", type, ENCODING_SIGNED);
    case MIR_TYPE_I16: return basic(m, "I16", type, ENCODING_SIGNED);
    case MIR_TYPE_I32: return basic(m, "I32", type, ENCODING_SIGNED);
    case MIR_TYPE_I64: return basic(m, "Int", type, ENCODING_SIGNED);
    case MIR_TYPE_U8: return basic(m, "U8", type, ENCODING_UNSIGNED);
    case MIR_TYPE_U16: return basic(m, "U16", type, ENCODING_UNSIGNED);
    case MIR_TYPE_U32: return basic(m, "U32", type, ENCODING_UNSIGNED);
    case MIR_TYPE_U64: return basic(m, "U64", type, ENCODING_UNSIGNED);
    case MIR_TYPE_CHAR: return basic(m, "Char", type, ENCODING_UTF);
    case MIR_TYPE_F32: return basic(m, "F32", type, ENCODING_FLOAT);
    case MIR_TYPE_F64: return basic(m, "F64", type, ENCODING_FLOAT);
    case MIR_TYPE_PTR:
    case MIR_TYPE_REF: return pointer_to(m, type->ptr.to ? type_of(m, type->ptr.to) : NULL, "");
    case MIR_TYPE_STRING: return string_type(m);
    case MIR_TYPE_FN: return pointer_to(m, NULL, "Fn");
    case MIR_TYPE_OBJECT:
    case MIR_TYPE_STRUCT:
    case MIR_TYPE_ENUM: return nominal(m, type);
    case MIR_TYPE_ARRAY: return array_of(m, type_of(m, type->array.element), type->size, type->array.count);
    case MIR_TYPE_VOID:
    case MIR_TYPE_NEVER:
    case MIR_TYPE_KIND_COUNT: break;
  }
  return NULL;
}

static LLVMMetadataRef type_of(EmitModule *m, const MirType *type) {
  DebugInfo *d = m->debug;
  LLVMMetadataRef known = map_get(&d->types, map_key(type));
  if (known) return known;
  known = make_type(m, type);
  if (known) map_put(m->arena, &d->types, map_key(type), known);
  return known;
}

// ── The unit ────────────────────────────────────────────────────────────────────────────────────────────────────
static void add_flag(EmitModule *m, const char *name, uint32_t value) {
  LLVMAddModuleFlag(m->module, LLVMModuleFlagBehaviorWarning, name, strlen(name),
                    LLVMValueAsMetadata(LLVMConstInt(m->i32, value, false)));
}

static const Source *main_source(const EmitModule *m) {
  const SourceMap *sources = m->mir->context->sources;
  if (m->mir->main && source_at(sources, m->mir->main->span.start)) return source_at(sources, m->mir->main->span.start);
  return sources->files.size ? sources->files.data[0] : NULL;
}

void emit_debug_begin(EmitModule *m) {
  if (!m->options->debug_info) return;
  DebugInfo *d = m->debug = arena_new(m->arena, DebugInfo);
  d->builder = LLVMCreateDIBuilder(m->module);
  const Source *source = main_source(m);
  d->unit_file = file_of(m, source ? source : &(Source){.path = "none"});
  d->unit = LLVMDIBuilderCreateCompileUnit(d->builder, LLVMDWARFSourceLanguageC99, d->unit_file, "quartz", 6,
                                           m->options->level != CODEGEN_O0, "", 0, 0, "", 0, LLVMDWARFEmissionFull, 0,
                                           true, false, "", 0, "", 0);
  add_flag(m, "Debug Info Version", LLVMDebugMetadataVersion());
  add_flag(m, "Dwarf Version", DWARF_VERSION);
}

void emit_debug_end(EmitModule *m) {
  if (!m->debug) return;
  LLVMDIBuilderFinalize(m->debug->builder);
  LLVMDisposeDIBuilder(m->debug->builder);
}

// ── Functions ───────────────────────────────────────────────────────────────────────────────────────────────────
static LLVMMetadataRef subroutine_type(EmitModule *m, const MirFunction *function, LLVMMetadataRef file) {
  LLVMMetadataRef *types = arena_array(m->scratch, LLVMMetadataRef, function->param_count + 1);
  for (uint32_t i = 0; i <= function->param_count; i++) types[i] = type_of(m, function->locals.data[i].type);
  return LLVMDIBuilderCreateSubroutineType(m->debug->builder, file, types, function->param_count + 1, LLVMDIFlagZero);
}

// Also of a function that is left only where it was put in for its calls.
static LLVMMetadataRef subprogram_of(EmitModule *m, const MirFunction *function) {
  DebugInfo *d = m->debug;
  LLVMMetadataRef known = map_get(&d->functions, map_key(function));
  if (known) return known;
  Spot spot = spot_of(m, function->span);
  const char *name = name_of(m, function->display), *symbol = name_of(m, function->symbol);
  known = LLVMDIBuilderCreateFunction(d->builder, spot.file, name, strlen(name), symbol, strlen(symbol), spot.file,
                                      spot.line, subroutine_type(m, function, spot.file), !function->is_exported, true,
                                      spot.line, spot.line ? LLVMDIFlagZero : LLVMDIFlagArtificial,
                                      m->options->level != CODEGEN_O0);
  map_put(m->arena, &d->functions, map_key(function), known);
  return known;
}

void emit_debug_function(EmitFunction *f) {
  DebugInfo *d = f->module->debug;
  if (!d) return;
  d->scope = subprogram_of(f->module, f->mir);
  LLVMSetSubprogram(f->llvm, d->scope);
  d->has_last = false;
}

void emit_debug_artificial(EmitModule *m, LLVMValueRef function, const char *name) {
  DebugInfo *d = m->debug;
  if (!d) return;
  LLVMMetadataRef type = LLVMDIBuilderCreateSubroutineType(d->builder, d->unit_file, NULL, 0, LLVMDIFlagZero);
  LLVMMetadataRef scope =
      LLVMDIBuilderCreateFunction(d->builder, d->unit_file, name, strlen(name), "", 0, d->unit_file, 0, type, true,
                                  true, 0, LLVMDIFlagArtificial, m->options->level != CODEGEN_O0);
  LLVMSetSubprogram(function, scope);
  LLVMSetCurrentDebugLocation2(m->builder, LLVMDIBuilderCreateDebugLocation(m->llvm, 0, 0, scope, NULL));
}

// Of optimised programs only lines are kept: few variables survive, and following them takes LLVM a third of its time.
static bool keeps_variables(CodegenLevel level) { return level == CODEGEN_O0 || level == CODEGEN_O1; }

void emit_debug_local(EmitFunction *f, MirLocalId id, LLVMValueRef slot, bool is_indirect) {
  EmitModule *m = f->module;
  DebugInfo *d = m->debug;
  if (!d || !keeps_variables(m->options->level)) return;
  const MirLocal *local = &f->mir->locals.data[id];
  const char *name = name_of(m, local->name);
  Spot spot = spot_of(m, local->span);
  LLVMMetadataRef type = type_of(m, local->type), variable;
  bool is_kept = m->options->level != CODEGEN_O0;  // when optimisation takes its slot away
  if (local->kind == MIR_LOCAL_PARAM)
    variable = LLVMDIBuilderCreateParameterVariable(d->builder, d->scope, name, strlen(name), id, spot.file, spot.line,
                                                    type, is_kept, LLVMDIFlagZero);
  else
    variable = LLVMDIBuilderCreateAutoVariable(d->builder, d->scope, name, strlen(name), spot.file, spot.line, type,
                                               is_kept, LLVMDIFlagZero, 0);
  uint64_t deref = OP_DEREF;
  LLVMMetadataRef expression = LLVMDIBuilderCreateExpression(d->builder, &deref, is_indirect);
  LLVMMetadataRef at = LLVMDIBuilderCreateDebugLocation(m->llvm, spot.line, spot.column, d->scope, NULL);
  LLVMDIBuilderInsertDeclareRecordBefore(d->builder, slot, variable, expression, at, f->marker);
}

// Code that a macro or another file brought in keeps its own file.
static LLVMMetadataRef scope_in(EmitModule *m, const MirFunction *function, LLVMMetadataRef file) {
  LLVMMetadataRef scope = subprogram_of(m, function);
  if (file == spot_of(m, function->span).file) return scope;
  return LLVMDIBuilderCreateLexicalBlockFile(m->debug->builder, scope, file, 0);
}

static LLVMMetadataRef location_of(EmitFunction *f, Span span, const MirInlined *inlined);

static LLVMMetadataRef location_of_call(EmitFunction *f, const MirInlined *inlined) {
  DebugInfo *d = f->module->debug;
  LLVMMetadataRef known = map_get(&d->calls, map_key(inlined));
  if (known) return known;
  known = location_of(f, inlined->call, inlined->outer);
  map_put(f->module->arena, &d->calls, map_key(inlined), known);
  return known;
}

static LLVMMetadataRef location_of(EmitFunction *f, Span span, const MirInlined *inlined) {
  EmitModule *m = f->module;
  const MirFunction *function = inlined ? inlined->callee : f->mir;
  Spot spot = spot_of(m, span);
  LLVMMetadataRef scope = spot.line ? scope_in(m, function, spot.file) : subprogram_of(m, function);
  return LLVMDIBuilderCreateDebugLocation(m->llvm, spot.line, spot.column, scope,
                                          inlined ? location_of_call(f, inlined) : NULL);
}

// Debuggers go by lines, so what stands on the line that is current needs no place of its own; but panics of the
// library are said to be where it was called, in that column.
void emit_debug_stmt(EmitFunction *f, const MirStmt *stmt) {
  DebugInfo *d = f->module->debug;
  if (!d) return;
  bool is_same_place = d->has_last && d->last_start == stmt->span.start && d->last_inlined == stmt->inlined;
  if (is_same_place && (d->is_exact || stmt->op != MIR_OP_CALL)) return;
  Spot spot = spot_of(f->module, stmt->span);
  bool is_same_line = d->has_last && d->last_file == spot.file && d->last_line == spot.line;
  d->last_start = stmt->span.start;
  d->is_exact = !is_same_line || d->last_inlined != stmt->inlined || stmt->op == MIR_OP_CALL;
  if (!d->is_exact) return;
  LLVMSetCurrentDebugLocation2(f->module->builder, location_of(f, stmt->span, stmt->inlined));
  d->last_inlined = stmt->inlined;
  d->last_file = spot.file;
  d->last_line = spot.line;
  d->has_last = true;
}
