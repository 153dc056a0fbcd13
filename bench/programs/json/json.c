// Makes a JSON text, parses it to a tree several times, and walks the tree.
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../text.h"

enum { RECORDS = 40000, ROUNDS = 10 };

typedef enum JsonKind { JSON_NULL, JSON_FLAG, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_OBJECT } JsonKind;

typedef struct String {
  char *bytes;
  size_t size;
} String;

typedef struct Json Json;
typedef struct Member Member;

struct Json {
  JsonKind kind;
  union {
    bool flag;
    double number;
    String text;
    struct {
      Json *items;
      size_t count, capacity;
    } list;
    struct {
      Member *items;
      size_t count, capacity;
    } object;
  };
};

struct Member {
  String key;
  Json value;
};

static void append_record(Text *out, int64_t i) {
  if (i > 0) text_append_string(out, ",");
  text_append_string(out, "{\"id\": ");
  text_append_int(out, i);
  text_append_string(out, ", \"name\": \"record number ");
  text_append_int(out, i * 7919 % 1000);
  text_append_string(out, "\", \"size\": ");
  text_append_int(out, i % 97);
  text_append_string(out, ".");
  text_append_int(out, i % 10);
  text_append_string(out, ", \"tags\": [\"a\", \"bc\", \"def\"], \"open\": ");
  text_append_string(out, i % 3 == 0 ? "true" : "false");
  text_append_string(out, ", \"parent\": null}");
}

static Text make_text(int64_t records) {
  Text out = {0};
  text_append_string(&out, "[");
  for (int64_t i = 0; i < records; i++) append_record(&out, i);
  text_append_string(&out, "]");
  return out;
}

typedef struct Parser {
  const char *text;
  size_t at, size;
} Parser;

static void skip_space(Parser *parser) {
  while (parser->at < parser->size && (unsigned char)parser->text[parser->at] <= 32) parser->at++;
}

// Takes `close` and tells whether it was there; else takes the comma.
static bool closes(Parser *parser, char close) {
  skip_space(parser);
  bool found = parser->text[parser->at] == close;
  if (found || parser->text[parser->at] == ',') parser->at++;
  return found;
}

static String parse_string(Parser *parser) {
  size_t start = ++parser->at;
  while (parser->text[parser->at] != '"') parser->at++;
  size_t size = parser->at++ - start;
  String string = {malloc(size), size};
  memcpy(string.bytes, parser->text + start, size);
  return string;
}

static double parse_number(Parser *parser) {
  int64_t whole = 0, scale = 1;
  bool is_fraction = false;
  for (char c; c = parser->text[parser->at], (c >= '0' && c <= '9') || c == '.'; parser->at++) {
    if (c == '.') {
      is_fraction = true;
      continue;
    }
    whole = whole * 10 + (c - '0');
    if (is_fraction) scale *= 10;
  }
  return (double)whole / (double)scale;
}

static Json parse_value(Parser *parser);

// The items with room for one more.
static void *with_room(void *items, size_t count, size_t *capacity, size_t item_size) {
  if (count < *capacity) return items;
  *capacity = *capacity ? *capacity * 2 : 4;
  return realloc(items, *capacity * item_size);
}

static Json parse_list(Parser *parser) {
  Json list = {.kind = JSON_LIST};
  parser->at++;
  while (!closes(parser, ']')) {
    list.list.items = with_room(list.list.items, list.list.count, &list.list.capacity, sizeof(Json));
    list.list.items[list.list.count++] = parse_value(parser);
  }
  return list;
}

static Json parse_object(Parser *parser) {
  Json object = {.kind = JSON_OBJECT};
  parser->at++;
  while (!closes(parser, '}')) {
    object.object.items = with_room(object.object.items, object.object.count, &object.object.capacity, sizeof(Member));
    skip_space(parser);
    Member member = {.key = parse_string(parser)};
    skip_space(parser);
    parser->at++;
    member.value = parse_value(parser);
    object.object.items[object.object.count++] = member;
  }
  return object;
}

static Json parse_word(Parser *parser, size_t size, Json value) {
  parser->at += size;
  return value;
}

static Json parse_value(Parser *parser) {
  skip_space(parser);
  switch (parser->text[parser->at]) {
    case '{': return parse_object(parser);
    case '[': return parse_list(parser);
    case '"': return (Json){.kind = JSON_TEXT, .text = parse_string(parser)};
    case 't': return parse_word(parser, 4, (Json){.kind = JSON_FLAG, .flag = true});
    case 'f': return parse_word(parser, 5, (Json){.kind = JSON_FLAG, .flag = false});
    case 'n': return parse_word(parser, 4, (Json){.kind = JSON_NULL});
    default: return (Json){.kind = JSON_NUMBER, .number = parse_number(parser)};
  }
}

static double checksum(const Json *value) {
  double sum = 0.0;
  switch (value->kind) {
    case JSON_NULL: return 1.0;
    case JSON_FLAG: return value->flag ? 2.0 : 3.0;
    case JSON_NUMBER: return value->number;
    case JSON_TEXT: return (double)value->text.size;
    case JSON_LIST:
      for (size_t i = 0; i < value->list.count; i++) sum += checksum(&value->list.items[i]);
      return sum;
    case JSON_OBJECT:
      for (size_t i = 0; i < value->object.count; i++) {
        const Member *member = &value->object.items[i];
        sum += checksum(&member->value) * (double)member->key.size;
      }
      return sum;
  }
  return sum;
}

static void drop(Json *value) {
  switch (value->kind) {
    case JSON_NULL:
    case JSON_FLAG:
    case JSON_NUMBER: return;
    case JSON_TEXT: free(value->text.bytes); return;
    case JSON_LIST:
      for (size_t i = 0; i < value->list.count; i++) drop(&value->list.items[i]);
      free(value->list.items);
      return;
    case JSON_OBJECT:
      for (size_t i = 0; i < value->object.count; i++) {
        free(value->object.items[i].key.bytes);
        drop(&value->object.items[i].value);
      }
      free(value->object.items);
      return;
  }
}

int main(void) {
  Text text = make_text(RECORDS);
  double sum = 0.0;
  for (int round = 0; round < ROUNDS; round++) {
    Parser parser = {text.bytes, 0, text.size};
    Json tree = parse_value(&parser);
    sum += checksum(&tree);
    drop(&tree);
  }
  printf("%zu %.1f\n", text.size, sum);
  free(text.bytes);
  return 0;
}
