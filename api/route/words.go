package route

// Words are a text in both languages.
type Words struct {
	English string `json:"en"`
	Chinese string `json:"zh"`
}

// InBoth makes a text of its English and its Chinese words.
func InBoth(english, chinese string) Words { return Words{English: english, Chinese: chinese} }
