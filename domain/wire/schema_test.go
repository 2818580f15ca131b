package wire

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

var update = flag.Bool("update", false, "write the schemas, and samples that are not there yet")

const (
	idPattern      = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
	datePattern    = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
	instantPattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$`
	sealedPattern  = `^s1\.[A-Za-z0-9_-]{38,}$`
)

type object = map[string]any

func pattern(p string) object { return object{"type": "string", "pattern": p} }

func schemaOf(t reflect.Type, tag reflect.StructTag, required bool) object {
	switch {
	case t == reflect.TypeFor[domain.ID]():
		return pattern(idPattern)
	case t == reflect.TypeFor[domain.Instant]():
		return pattern(instantPattern)
	case t == reflect.TypeFor[domain.Date]():
		return pattern(datePattern)
	case t == reflect.TypeFor[domain.RawRule]():
		return object{"type": "object"}
	case t.Implements(sealableType):
		return pattern(sealedPattern)
	}
	switch t.Kind() {
	case reflect.String:
		return textSchema(tag, required)
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		least, _ := strconv.Atoi(tag.Get("min"))
		return object{"type": "integer", "minimum": least}
	case reflect.Slice:
		return object{"type": "array", "items": schemaOf(t.Elem(), tag, false)}
	case reflect.Map:
		values := schemaOf(t.Elem(), "", t.Elem().Kind() == reflect.Pointer)
		return object{"type": "object", "propertyNames": object{"pattern": datePattern}, "additionalProperties": values}
	case reflect.Pointer:
		inner := schemaOf(t.Elem(), tag, false)
		if required {
			return object{"anyOf": []any{object{"type": "null"}, inner}}
		}
		return inner
	}
	return structSchema(t)
}

func textSchema(tag reflect.StructTag, required bool) object {
	if enum := tag.Get("enum"); enum != "" {
		return object{"type": "string", "enum": strings.Split(enum, ",")}
	}
	if required {
		return object{"type": "string", "minLength": 1}
	}
	return object{"type": "string"}
}

func structSchema(t reflect.Type) object {
	properties, required := object{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		must := !strings.Contains(options, "omit")
		if must {
			required = append(required, name)
		}
		properties[name] = schemaOf(f.Type, f.Tag, must)
	}
	return object{"type": "object", "additionalProperties": false, "required": required, "properties": properties}
}

func generated(t *testing.T, name string, version int, goType reflect.Type) []byte {
	s := structSchema(goType)
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["$id"] = fmt.Sprintf("urn:daka:event:%s:%d", name, version)
	s["title"] = fmt.Sprintf("%s, version %d", name, version)
	text, err := json.MarshalIndent(s, "", "  ")
	require.NoError(t, err)
	return append(text, '\n')
}

func TestSchemasAreWhatTheDecoderAccepts(t *testing.T) {
	for name, k := range newest.kinds {
		want := generated(t, name, k.version, k.goType)
		path := filepath.Join("schemas", fmt.Sprintf("%s.v%d.json", name, k.version))
		if *update {
			require.NoError(t, os.WriteFile(path, want, 0o644))
			continue
		}
		require.Equal(t, string(want), string(Schema(name, k.version)), "run go test ./domain/wire -update; a new shape needs a new version")
	}
	path := "schemas/metadata.json"
	want := generated(t, "metadata", 1, reflect.TypeFor[domain.Metadata]())
	if *update {
		require.NoError(t, os.WriteFile(path, want, 0o644))
	}
	have, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(have))
}

func TestEverySampleFitsItsSchema(t *testing.T) {
	for _, s := range samples(t) {
		schema := compile(t, s.eventType, s.version)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.data))
		require.NoError(t, err)
		require.NoError(t, schema.Validate(value), s.path)
		value.(map[string]any)["surprise"] = true
		require.Error(t, schema.Validate(value), "%s with an unknown field", s.path)
	}
}

func compile(t *testing.T, eventType string, version int) *jsonschema.Schema {
	text := Schema(eventType, version)
	require.NotEmpty(t, text, "%s version %d has no schema", eventType, version)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("schema.json", value))
	schema, err := c.Compile("schema.json")
	require.NoError(t, err)
	return schema
}
