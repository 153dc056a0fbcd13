// Makes a JSON text, parses it to a tree several times, and walks the tree.
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static char *make_text(size_t records, size_t *size) {
  char *text = malloc(records * 160 + 2);
  size_t used = 0;
  text[used++] = '[';
  for (size_t i = 0; i < records; i++)
    used += (size_t)sprintf(text + used,
                            "%s{\"id\": %zu, \"name\": \"record number %zu\", \"size\": %zu.%zu, \"tags\": [\"a\", \"bc\", "
                            "\"def\"], \"open\": %s, \"parent\": null}",
                            i ? "," : "", i, i * 7919 % 1000, i % 97, i % 10, i % 3 == 0 ? "true" : "false");
  text[used++] = ']';
  text[used] = '\0';
  *size = used;
  return text;
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

static Json parse_list(Parser *parser) {
  Json list = {.kind = JSON_LIST};
  parser->at++;
  while (!closes(parser, ']')) {
    if (list.list.count == list.list.capacity) {
      list.list.capacity = list.list.capacity ? list.list.capacity * 2 : 4;
      list.list.items = realloc(list.list.items, list.list.capacity * sizeof *list.list.items);
    }
    Json item = parse_value(parser);
    list.list.items[list.list.count++] = item;
  }
  return list;
}

static Json parse_object(Parser *parser) {
  Json object = {.kind = JSON_OBJECT};
  parser->at++;
  while (!closes(parser, '}')) {
    if (object.object.count == object.object.capacity) {
      object.object.capacity = object.object.capacity ? object.object.capacity * 2 : 4;
      object.object.items = realloc(object.object.items, object.object.capacity * sizeof *object.object.items);
    }
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
  size_t size;
  char *text = make_text(RECORDS, &size);
  double sum = 0.0;
  for (int round = 0; round < ROUNDS; round++) {
    char *copy = malloc(size + 1);
    memcpy(copy, text, size + 1);
    Parser parser = {copy, 0, size};
    Json tree = parse_value(&parser);
    sum += checksum(&tree);
    drop(&tree);
    free(copy);
  }
  printf("%zu %.1f\n", size, sum);
  free(text);
  return 0;
}
