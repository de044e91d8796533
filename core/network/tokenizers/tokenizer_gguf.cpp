// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/tokenizer_gguf.h"

#include "core/base/error.h"
#include "core/network/tokenizers/merges.h"
#include "core/network/tokenizers/pre_tokenizer.h"
#include "core/network/tokenizers/tokenizers.h"

#include <algorithm>
#include <limits>

namespace bitloom {

namespace {

using Metadata = std::map<std::string, MetadataValue>;
using Type = GgufEntry::Type;

std::string keyOf(const std::string& name)
{
    return "tokenizer.ggml." + name;
}

[[noreturn]] void refuseKeys(const std::string& why)
{
    throw Error("tokenizer", why);
}

/// Scores for tokens that no merge makes: below every merge.
std::vector<double> scoresFromMerges(const TokenizerData& data)
{
    std::vector<double> scores(data.tokens.size(), 0);
    const Vocabulary vocabulary = makeVocabulary(data);
    for (size_t id = 0; id < scores.size(); ++id) {
        if (data.types[id] == TokenType::Normal)
            scores[id] = -static_cast<double>(data.merges.size() + id);
    }
    std::string joint;
    for (size_t i = data.merges.size(); i-- > 0;) {
        const MergeParts parts = mergeParts(data.merges[i], data.mergeSeparator);
        const auto token = vocabulary.find(joint.assign(parts.left).append(parts.right));
        if (token != vocabulary.end())
            scores[static_cast<size_t>(token->second)] = -static_cast<double>(i);
    }
    return scores;
}

void fillUp(TokenizerData& data, size_t vocabulary)
{
    if (!data.scores.empty())
        data.scores.resize(std::max(vocabulary, data.scores.size()), 0);
    for (size_t id = 0; id < std::max(vocabulary, data.tokens.size()); ++id) {
        if (id >= data.tokens.size()) {
            data.tokens.emplace_back();
            data.types.push_back(TokenType::Unused);
        }
        // Names must differ: readers look tokens up by name.
        if (data.types[id] == TokenType::Unused && data.tokens[id].empty())
            data.tokens[id] = "[PAD" + std::to_string(id) + "]";
    }
}

std::vector<int64_t> typeNumbers(const TokenizerData& data)
{
    std::vector<int64_t> numbers;
    for (const TokenType type : data.types)
        numbers.push_back(static_cast<int64_t>(type));
    return numbers;
}

void checkBytes(const TokenizerData& data)
{
    for (size_t id = 0; id < data.tokens.size(); ++id)
        if (data.types[id] != TokenType::Byte && byteOfToken(data.tokens[id]) >= 0 &&
            !data.notBytes.contains(static_cast<int32_t>(id)))
            refuseKeys("the token " + data.tokens[id] +
                       " is a byte and an added token too, for "
                       "which GGUF has no words");
    if (std::count(data.types.begin(), data.types.end(), TokenType::Byte) != 256)
        refuseKeys("GGUF needs all 256 byte tokens, which this tokenizer lacks");
}

/// end of sequence, then of turn and of message: all ends that GGUF has words for.
std::vector<std::pair<std::string, int32_t>> endTokens(const TokenizerData& data)
{
    std::vector<std::pair<std::string, int32_t>> ends;
    if (data.endOfSequence >= 0)
        ends.emplace_back("eos_token_id", data.endOfSequence);
    for (const int32_t id : data.endOfText) {
        static const char* const kNames[] = {"eos_token_id", "eot_token_id", "eom_token_id"};
        if (id != data.endOfSequence && ends.size() < std::size(kNames))
            ends.emplace_back(kNames[ends.size()], id);
    }
    return ends;
}

class Writer {
public:
    explicit Writer(const TokenizerData& data)
        : m_data(data)
    {
    }

    std::vector<GgufEntry> write()
    {
        if (m_data.kind != "gpt2" && m_data.kind != "llama")
            refuseKeys("GGUF has no tokenizer of this model's kind, " + m_data.kind +
                       ": BPE must be byte-level or SentencePiece-style there");
        add("model", Type::String, m_data.kind);
        if (m_data.kind == "gpt2")
            addPreTokenizer();
        else
            checkBytes(m_data);
        add("tokens", Type::ArrayString, m_data.tokens);
        if (m_data.kind == "llama")
            add("scores", Type::ArrayF32,
                m_data.scores.empty() ? scoresFromMerges(m_data) : m_data.scores);
        add("token_type", Type::ArrayI32, typeNumbers(m_data));
        if (!m_data.merges.empty())
            add("merges", Type::ArrayString, m_data.merges);
        addIds();
        add("add_bos_token", Type::Bool, m_data.startsWithBos());
        add("add_eos_token", Type::Bool, m_data.addEos);
        add("add_space_prefix", Type::Bool, m_data.addSpacePrefix);
        return std::move(m_entries);
    }

private:
    void add(const std::string& name, Type type, MetadataValue value)
    {
        m_entries.push_back({keyOf(name), type, std::move(value)});
    }

    void addPreTokenizer()
    {
        if (m_data.preTokenizerName.empty())
            refuseKeys("GGUF has no name for the way this tokenizer cuts text into words");
        add("pre", Type::String, m_data.preTokenizerName);
    }

    void addIds()
    {
        const auto addId = [&](const std::string& name, int32_t id) {
            if (id >= 0)
                add(name, Type::U32, static_cast<uint64_t>(id));
        };
        addId("bos_token_id", m_data.bos);
        for (const auto& [name, id] : endTokens(m_data))
            addId(name, id);
        addId("unknown_token_id", m_data.unknown);
    }

    const TokenizerData& m_data;
    std::vector<GgufEntry> m_entries;
};

/// Typed access to the tokenizer's keys.
class Keys {
public:
    explicit Keys(const Metadata& metadata)
        : m_metadata(metadata)
    {
    }

    /// nullptr: absent. Error when the key holds something else.
    template <typename T>
    const T* find(const std::string& name) const
    {
        const auto entry = m_metadata.find(keyOf(name));
        if (entry == m_metadata.end())
            return nullptr;
        const T* value = std::get_if<T>(&entry->second);
        if (!value)
            refuseKeys("the key " + keyOf(name) + " holds a value of the wrong type");
        return value;
    }

    template <typename T>
    T get(const std::string& name, T otherwise = {}) const
    {
        const T* value = find<T>(name);
        return value ? *value : otherwise;
    }

    int32_t id(const std::string& name, int32_t otherwise) const
    {
        const auto entry = m_metadata.find(keyOf(name));
        if (entry == m_metadata.end())
            return otherwise;
        if (const auto* value = std::get_if<uint64_t>(&entry->second))
            return *value == UINT32_MAX ? -1 : checked(name, static_cast<int64_t>(*value));
        return checked(name, get<int64_t>(name));
    }

private:
    int32_t checked(const std::string& name, int64_t id) const
    {
        if (id < -1 || id > std::numeric_limits<int32_t>::max())
            throw Error("gguf", "the key " + keyOf(name) + " is no token: " + std::to_string(id));
        return static_cast<int32_t>(id);
    }

    const Metadata& m_metadata;
};

void readTypes(const Keys& keys, TokenizerData& data)
{
    const auto* numbers = keys.find<std::vector<int64_t>>("token_type");
    data.types.assign(data.tokens.size(), TokenType::Normal);
    if (!numbers)
        return;
    if (numbers->size() < data.tokens.size())
        refuseKeys("tokenizer.ggml.token_type has " + std::to_string(numbers->size()) +
                   " entries for " + std::to_string(data.tokens.size()) + " tokens");
    for (size_t id = 0; id < data.tokens.size(); ++id) {
        if ((*numbers)[id] >= 1 && (*numbers)[id] <= 6)
            data.types[id] = static_cast<TokenType>((*numbers)[id]);
    }
}

void readScores(const Keys& keys, TokenizerData& data)
{
    if (!data.merges.empty())
        return;
    data.scores = keys.get<std::vector<double>>("scores");
    if (data.scores.size() < data.tokens.size())
        refuseKeys("tokenizer.ggml.scores has " + std::to_string(data.scores.size()) +
                   " entries for " + std::to_string(data.tokens.size()) + " tokens");
    data.scores.resize(data.tokens.size());
}

void readPreTokenizer(const Keys& keys, TokenizerData& data)
{
    if (data.merges.empty())
        refuseKeys("tokenizer.ggml.merges is missing, without which byte-level BPE cannot run");
    data.preTokenizerName = keys.get<std::string>("pre");
    const KnownPreTokenizer* known = findPreTokenizer(data.preTokenizerName);
    if (!known)
        refuseKeys("the pre-tokenizer '" + data.preTokenizerName +
                   "' (tokenizer.ggml.pre) is not one that can be honoured");
    data.preTokenizer = known->pattern;
    data.ignoreMerges = known->ignoreMerges;
    data.addBos = known->addBos;
}

void readIds(const Keys& keys, TokenizerData& data)
{
    // llama.cpp's ids for files that state none; its 11 for byte-level ones is GPT-NeoX's alone.
    const auto standard = [&](int32_t id) {
        return data.kind == "llama" && static_cast<size_t>(id) < data.tokens.size() ? id : -1;
    };
    data.bos = keys.id("bos_token_id", standard(1));
    data.endOfSequence = keys.id("eos_token_id", standard(2));
    data.unknown = keys.id("unknown_token_id", standard(0));
    for (const char* name : {"eos_token_id", "eot_token_id", "eom_token_id"})
        data.endOfText.insert(keys.id(name, -1));
    data.endOfText.insert(data.endOfSequence);
    data.endOfText.erase(-1);
}

} // namespace

std::vector<GgufEntry> ggufTokenizerMetadata(const TokenizerData& data, int64_t vocabulary)
{
    TokenizerData filled = data;
    fillUp(filled, static_cast<size_t>(vocabulary));
    return Writer(filled).write();
}

TokenizerData tokenizerFromGguf(const Metadata& metadata)
{
    const Keys keys(metadata);
    TokenizerData data;
    data.kind = keys.get<std::string>("model");
    if (data.kind != "llama" && data.kind != "gpt2")
        refuseKeys("the tokenizer model '" + data.kind +
                   "' cannot be run; only llama and gpt2 can");
    data.tokens = keys.get<std::vector<std::string>>("tokens");
    if (data.tokens.empty())
        refuseKeys("tokenizer.ggml.tokens is missing");
    readTypes(keys, data);
    data.merges = keys.get<std::vector<std::string>>("merges");
    if (data.kind == "llama")
        readScores(keys, data);
    else
        readPreTokenizer(keys, data);
    readIds(keys, data);
    for (size_t id = 0; id < data.tokens.size(); ++id)
        if (data.types[id] == TokenType::UserDefined && byteOfToken(data.tokens[id]) >= 0)
            data.notBytes.insert(static_cast<int32_t>(id));
    data.addBos = keys.get<bool>("add_bos_token", data.addBos) && data.bos >= 0;
    data.addEos = keys.get<bool>("add_eos_token", false) && data.endOfSequence >= 0;
    data.addSpacePrefix = keys.get<bool>("add_space_prefix", data.kind == "llama");
    data.prefixUnlessBlank = data.kind == "gpt2" && data.addSpacePrefix;
    return data;
}

} // namespace bitloom
