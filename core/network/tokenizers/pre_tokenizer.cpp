// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/pre_tokenizer.h"

#include "core/base/error.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace bitloom {

namespace {

constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// What Unicode calls white space. PCRE2's \s also has U+180E, which left the property in 2013.
constexpr std::string_view kWhiteSpace = R"(\p{Z}\t-\r\x{85})";

/// The pattern with `\s` written out, so that PCRE2 cuts as the tokenizer's authors did.
std::string withUnicodeSpace(std::string_view pattern)
{
    std::string written;
    bool inClass = false;
    for (size_t i = 0; i < pattern.size(); ++i) {
        const std::string_view pair = pattern.substr(i, 2);
        if (pair == "\\s" || (pair == "\\S" && !inClass)) {
            const std::string open = pair == "\\s" ? "[" : "[^";
            written += inClass ? std::string(kWhiteSpace) : open + std::string(kWhiteSpace) + "]";
            ++i;
        } else if (pattern[i] == '\\' && pair.size() == 2) {
            written += pair;
            ++i;
        } else {
            if (pattern[i] == '[' || pattern[i] == ']')
                inClass = pattern[i] == '[';
            written += pattern[i];
        }
    }
    return written;
}

std::string pcreMessage(int code)
{
    PCRE2_UCHAR text[256] = {};
    pcre2_get_error_message(code, text, sizeof text);
    return reinterpret_cast<const char*>(text);
}

/// What one call needs beside the compiled expression.
struct MatchMemory {
    explicit MatchMemory(const pcre2_code* code)
        : data(pcre2_match_data_create_from_pattern(code, nullptr))
        , stack(pcre2_jit_stack_create(32 * 1024, 16 * 1024 * 1024, nullptr))
        , context(pcre2_match_context_create(nullptr))
    {
        pcre2_jit_stack_assign(context, nullptr, stack);
    }
    ~MatchMemory()
    {
        pcre2_match_context_free(context);
        pcre2_jit_stack_free(stack);
        pcre2_match_data_free(data);
    }
    MatchMemory(const MatchMemory&) = delete;
    MatchMemory& operator=(const MatchMemory&) = delete;

    pcre2_match_data* data;
    pcre2_jit_stack* stack;
    pcre2_match_context* context;
};

} // namespace

const std::vector<KnownPreTokenizer>& knownPreTokenizers()
{
    static const std::vector<KnownPreTokenizer> kKnown = {
        {"gpt-2", kGpt2Pattern, false, false},
        {"llama-bpe", kLlama3Pattern, true, true},
        {"smaug-bpe", kLlama3Pattern, false, false},
        {"qwen2", kQwen2Pattern, false, false},
    };
    return kKnown;
}

const KnownPreTokenizer* findPreTokenizer(std::string_view name)
{
    for (const KnownPreTokenizer& known : knownPreTokenizers()) {
        if (known.name == name)
            return &known;
    }
    return nullptr;
}

const KnownPreTokenizer* findPreTokenizerFor(std::string_view pattern, bool ignoreMerges)
{
    for (const KnownPreTokenizer& known : knownPreTokenizers()) {
        if (known.pattern == pattern && known.ignoreMerges == ignoreMerges)
            return &known;
    }
    return nullptr;
}

std::string_view gpt2Pattern()
{
    return kGpt2Pattern;
}

struct PreTokenizer::Compiled {
    ~Compiled() { pcre2_code_free(code); }
    pcre2_code* code = nullptr;
};

PreTokenizer::PreTokenizer(const std::string& pattern)
    : m_compiled(std::make_unique<Compiled>())
{
    const std::string written = withUnicodeSpace(pattern);
    int error = 0;
    PCRE2_SIZE place = 0;
    m_compiled->code =
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(written.data()), written.size(),
                      PCRE2_UTF | PCRE2_UCP | PCRE2_NO_UTF_CHECK, &error, &place, nullptr);
    if (!m_compiled->code)
        throw Error("tokenizer",
                    "the pre-tokenizer's regular expression is broken: " + pcreMessage(error));
    // Without a just-in-time compiler the interpreter does the same work, slower.
    pcre2_jit_compile(m_compiled->code, PCRE2_JIT_COMPLETE);
}

PreTokenizer::~PreTokenizer() = default;

std::vector<std::string_view> PreTokenizer::split(std::string_view text) const
{
    const MatchMemory memory(m_compiled->code);
    std::vector<std::string_view> words;
    const auto add = [&](size_t from, size_t to) {
        if (to > from)
            words.push_back(text.substr(from, to - from));
    };
    size_t done = 0;
    size_t at = 0;
    while (at < text.size()) {
        const int found =
            pcre2_match(m_compiled->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                        at, PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY, memory.data, memory.context);
        if (found == PCRE2_ERROR_NOMATCH)
            break;
        if (found < 0)
            throw Error("tokenizer",
                        "the pre-tokenizer's expression gave up: " + pcreMessage(found));
        const PCRE2_SIZE* match = pcre2_get_ovector_pointer(memory.data);
        add(done, match[0]);
        add(match[0], match[1]);
        done = at = match[1];
    }
    add(done, text.size());
    return words;
}

} // namespace bitloom
