#include "base/source.h"

Source *source_add(Arena *arena, SourceMap *map, const char *path, const char *text, size_t size) {
  if (!map->next_base) map->next_base = 1;
  if (size >= UINT32_MAX - map->next_base) return NULL;
  Source *source = arena_new(arena, Source);
  *source = (Source){.arena = arena, .path = path, .text = text, .size = (uint32_t)size, .base = map->next_base};
  map->next_base += source->size + 1;  // the end of a file is a position of its own
  vec_push(arena, &map->files, source);
  return source;
}

Source *source_at(const SourceMap *map, uint32_t position) {
  uint32_t low = 0, high = map->files.size;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (map->files.data[middle]->base <= position) low = middle + 1;
    else high = middle;
  }
  return low && position ? map->files.data[low - 1] : NULL;
}

const char *source_text(const SourceMap *map, Span span) {
  const Source *source = source_at(map, span.start);
  return source && span.end >= span.start ? source->text + (span.start - source->base) : "";
}

static void find_lines(Source *source) {
  VEC(uint32_t) starts = {0};
  vec_push(source->arena, &starts, 0);
  for (uint32_t i = 0; i < source->size; i++)
    if (source->text[i] == '\n') vec_push(source->arena, &starts, i + 1);
  source->line_starts = starts.data;
  source->line_count = starts.size;
}

static uint32_t line_of(const Source *source, uint32_t offset) {
  uint32_t low = 0, high = source->line_count;
  while (high - low > 1) {
    uint32_t middle = (low + high) / 2;
    if (source->line_starts[middle] <= offset) low = middle;
    else high = middle;
  }
  return low;
}

// Characters are counted once for each stretch of so many bytes: a line may have ten megabytes, and any order of
// look-ups on it.
enum { STRETCH = 256 };

static uint32_t count_characters(const Source *source, uint32_t start, uint32_t end) {
  uint32_t count = 0;
  for (uint32_t i = start; i < end; i++) count += ((unsigned char)source->text[i] & 0xC0) != 0x80;
  return count;
}

static void count_stretches(Source *source) {
  uint32_t count = source->size / STRETCH;
  source->characters = arena_array(source->arena, uint32_t, count + 1);
  for (uint32_t i = 0; i < count; i++)
    source->characters[i + 1] = source->characters[i] + count_characters(source, i * STRETCH, (i + 1) * STRETCH);
}

static uint32_t characters_before(const Source *source, uint32_t offset) {
  uint32_t stretch = offset / STRETCH;
  return source->characters[stretch] + count_characters(source, stretch * STRETCH, offset);
}

static uint32_t column_of(Source *source, uint32_t line_start, uint32_t offset) {
  if (offset - line_start < STRETCH) return count_characters(source, line_start, offset) + 1;
  if (!source->characters) count_stretches(source);
  return characters_before(source, offset) - characters_before(source, line_start) + 1;
}

Location source_locate(const SourceMap *map, uint32_t position) {
  Source *source = source_at(map, position);
  if (!source) return (Location){0};
  if (!source->line_starts) find_lines(source);
  uint32_t offset = position - source->base;
  uint32_t line = line_of(source, offset);
  return (Location){source, line + 1, column_of(source, source->line_starts[line], offset), offset};
}

const char *source_line(const Source *source, uint32_t line, uint32_t *size) {
  if (!line || line > source->line_count) return *size = 0, "";
  uint32_t start = source->line_starts[line - 1];
  uint32_t end = line < source->line_count ? source->line_starts[line] - 1 : source->size;
  if (end > start && source->text[end - 1] == '\r') end--;
  *size = end - start;
  return source->text + start;
}
