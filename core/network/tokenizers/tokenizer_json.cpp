// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/tokenizer_json.h"

#include "core/base/error.h"
#include "core/network/tokenizers/pre_tokenizer.h"
#include "core/network/tokenizers/tokenizer_parts.h"
#include "core/network/tokenizers/tokenizer_wordpiece.h"
#include "core/network/tokenizers/tokenizers.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using namespace parts;

bool has(const std::vector<Json>& steps, const std::string& type)
{
    return std::any_of(steps.begin(), steps.end(),
                       [&](const Json& step) { return typeOf(step) == type; });
}

/// Reads tokenizer.json piece by piece into a TokenizerData.
class Reader {
public:
    explicit Reader(Json json)
        : m_json(std::move(json))
        , m_model(member(m_json, "model"))
        , m_normalizers(stepsOf(member(m_json, "normalizer"), "normalizers"))
        , m_preTokenizers(stepsOf(member(m_json, "pre_tokenizer"), "pretokenizers"))
        , m_decoders(stepsOf(member(m_json, "decoder"), "decoders"))
    {
    }

    TokenizerData read()
    {
        checkModel();
        readVocabulary();
        for (const Json& token : member(m_json, "added_tokens"))
            readAddedToken(token);
        readMerges();
        readUnknown();
        if (m_data.kind == "gpt2")
            readByteLevel();
        else if (m_data.kind == "bpe")
            readCharacters();
        else
            readSentencePiece();
        readTemplate();
        return std::move(m_data);
    }

    bool hasTemplate() const { return m_hasTemplate; }

private:
    void checkModel()
    {
        const std::string type = typeOf(m_model);
        if (type != "BPE" && !(type.empty() && m_model.contains("merges")))
            refuse("has a model of the type " + (type.empty() ? "none" : type) +
                   "; only BPE and WordPiece can be run");
        if (const Json& dropout = member(m_model, "dropout");
            dropout.is_number() && dropout.get<double>() != 0)
            refuse("drops merges at random (dropout), which has no exact result");
        for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
            if (!textOf(m_model, affix).empty())
                refuse(std::string("uses ") + affix + ", which cannot be honoured");
        }
        m_data.ignoreMerges = flagOf(m_model, "ignore_merges");
        const bool byteLevel = has(m_preTokenizers, "ByteLevel") || has(m_decoders, "ByteLevel");
        const bool asItIs =
            m_normalizers.empty() && m_preTokenizers.empty() && !flagOf(m_model, "byte_fallback");
        m_data.kind = byteLevel ? "gpt2" : asItIs ? "bpe" : "llama";
        if (m_data.kind == "bpe")
            m_data.mergeSeparator = kNoText;
    }

    void readVocabulary()
    {
        parts::readVocabulary(m_data, m_model);
        if (m_data.kind != "llama")
            return;
        const Json& vocabulary = member(m_model, "vocab");
        for (unsigned byte = 0; byte < 256; ++byte) {
            const auto id = vocabulary.find(byteTokenName(static_cast<unsigned char>(byte)));
            if (id != vocabulary.end())
                m_data.types[id->get<size_t>()] = TokenType::Byte;
        }
    }

    /// A token called like a byte is one where the model's vocabulary has it, written out or not.
    void readAddedToken(const Json& token)
    {
        const int32_t id = parts::readAddedToken(
            m_data, m_model, token, token.at("id").get<int32_t>(), !m_normalizers.empty());
        const std::string& text = m_data.tokens[static_cast<size_t>(id)];
        if (m_data.kind != "llama" || byteOfToken(text) < 0 ||
            member(m_model, "vocab").contains(text))
            return;
        if (has(m_decoders, "ByteFallback"))
            refuse("adds the token '" + text +
                   "' and decodes it as a byte, which cannot be "
                   "honoured");
        m_data.notBytes.insert(id);
    }

    void readMerges()
    {
        for (const Json& merge : member(m_model, "merges")) {
            if (merge.is_array()) {
                m_data.merges.push_back(merge.at(0).get<std::string>() + m_data.mergeSeparator +
                                        merge.at(1).get<std::string>());
                continue;
            }
            m_data.merges.push_back(merge.get<std::string>());
            std::string& text = m_data.merges.back();
            std::replace(text.begin(), text.end(), ' ', m_data.mergeSeparator);
        }
    }

    void readUnknown()
    {
        m_data.unknown = idOf(m_data, textOf(m_model, "unk_token"));
        if (m_data.unknown < 0)
            return;
        TokenType& type = m_data.types[static_cast<size_t>(m_data.unknown)];
        if (type == TokenType::Control && m_data.kind == "llama")
            type = TokenType::Unknown;
    }

    void readByteLevel()
    {
        if (!m_normalizers.empty())
            refuse("normalizes text by " + typeOf(m_normalizers.front()) +
                   " before byte-level BPE, which cannot be honoured");
        if (m_data.unknown >= 0 && flagOf(m_model, "fuse_unk"))
            refuse("fuses unknown bytes, which cannot be honoured");
        const Json& last = m_preTokenizers.empty() ? m_json : m_preTokenizers.back();
        if (typeOf(last) != "ByteLevel" || m_preTokenizers.size() > 2)
            refuse("cuts text into words in a way that cannot be honoured");
        m_data.addSpacePrefix = flagOf(last, "add_prefix_space", true);
        m_data.prefixUnlessBlank = m_data.addSpacePrefix;
        const bool ownWords = flagOf(last, "use_regex", true);
        if (ownWords == (m_preTokenizers.size() == 2))
            refuse("cuts text into words in a way that cannot be honoured");
        m_data.preTokenizer =
            ownWords ? std::string(gpt2Pattern()) : splitPattern(m_preTokenizers.front());
        if (const auto* known = findPreTokenizerFor(m_data.preTokenizer, m_data.ignoreMerges))
            m_data.preTokenizerName = known->name;
    }

    void readCharacters()
    {
        for (const Json& step : m_decoders)
            if (typeOf(step) != "Fuse")
                refuse("decodes by " + typeOf(step) + ", which cannot be honoured");
        if (m_data.unknown < 0 && !textOf(m_model, "unk_token").empty())
            refuse("names an unk_token that the vocabulary lacks");
        m_data.addSpacePrefix = false;
        m_data.fuseUnknown = flagOf(m_model, "fuse_unk");
    }

    static std::string splitPattern(const Json& split)
    {
        std::string pattern = textOf(member(split, "pattern"), "Regex");
        if (typeOf(split) != "Split" || pattern.empty() || flagOf(split, "invert") ||
            textOf(split, "behavior") != "Isolated")
            refuse("cuts text into words in a way that cannot be honoured (only an isolating "
                   "split by a regular expression can)");
        return pattern;
    }

    void readSentencePiece()
    {
        if (m_data.ignoreMerges)
            refuse("takes whole texts as tokens (ignore_merges), which cannot be honoured");
        m_data.addSpacePrefix = false;
        bool blanks = false;
        for (const Json& step : m_normalizers)
            blanks = readNormalizer(step) || blanks;
        for (const Json& step : m_preTokenizers)
            blanks = readMetaspace(step) || blanks;
        if (!blanks)
            refuse("is neither byte-level nor SentencePiece-style BPE");
        if (has(m_decoders, "Strip") != m_data.addSpacePrefix && !has(m_decoders, "Metaspace"))
            refuse("has a decoder that does not undo its normalizer");
        checkUnknownCharacters();
    }

    /// True when the step writes blanks as U+2581.
    bool readNormalizer(const Json& step)
    {
        if (typeOf(step) == "Prepend" && textOf(step, "prepend") == kMetaspace) {
            m_data.addSpacePrefix = true;
            return false;
        }
        if (typeOf(step) != "Replace" || textOf(step, "content") != kMetaspace ||
            textOf(member(step, "pattern"), "String") != " ")
            refuse("normalizes text by " + typeOf(step) + ", which cannot be honoured");
        return true;
    }

    bool readMetaspace(const Json& step)
    {
        if (typeOf(step) != "Metaspace" || flagOf(step, "split", true) ||
            textOf(step, "replacement") != kMetaspace)
            refuse("cuts text into words by " + typeOf(step) + ", which cannot be honoured");
        std::string scheme = textOf(step, "prepend_scheme");
        if (scheme.empty())
            scheme = flagOf(step, "add_prefix_space", true) ? "always" : "never";
        m_data.addSpacePrefix = m_data.addSpacePrefix || scheme != "never";
        m_data.prefixFirstOnly = scheme == "first";
        m_data.prefixUnlessBlank = true;
        return true;
    }

    void checkUnknownCharacters() const
    {
        const bool bytes = std::ranges::count(m_data.types, TokenType::Byte) > 0;
        if (bytes && !flagOf(m_model, "byte_fallback"))
            refuse("has byte tokens but does not use them, which cannot be honoured");
        if (bytes && !has(m_decoders, "ByteFallback"))
            refuse("has byte tokens but does not decode them, which cannot be honoured");
        if (!bytes && !flagOf(m_model, "fuse_unk") && m_data.unknown >= 0)
            refuse("keeps unknown characters apart, which cannot be honoured");
    }

    void readTemplate()
    {
        m_data.addBos = false;
        for (const Json& step : stepsOf(member(m_json, "post_processor"), "processors")) {
            if (typeOf(step) == "TemplateProcessing") {
                m_hasTemplate = true;
                parts::readTemplate(m_data, step);
            } else if (typeOf(step) != "ByteLevel")
                refuse("completes texts by " + typeOf(step) + ", which cannot be honoured");
        }
    }

    Json m_json;
    const Json& m_model;
    std::vector<Json> m_normalizers, m_preTokenizers, m_decoders;
    TokenizerData m_data;
    bool m_hasTemplate = false;
};

/// What the side files add.
class SideFiles {
public:
    explicit SideFiles(const std::map<std::string, std::string>& files)
        : m_tokenizer(parsed(files, "tokenizer_config.json"))
        , m_special(parsed(files, "special_tokens_map.json"))
        , m_generation(parsed(files, "generation_config.json"))
        , m_config(parsed(files, "config.json"))
    {
    }

    void complete(TokenizerData& data, bool hasTemplate) const
    {
        if (data.bos < 0)
            data.bos = token(data, "bos_token", "bos_token_id");
        if (data.endOfSequence < 0)
            data.endOfSequence = token(data, "eos_token", "eos_token_id");
        if (!hasTemplate) {
            data.addBos = flagOf(m_tokenizer, "add_bos_token") && data.bos >= 0;
            data.addEos = flagOf(m_tokenizer, "add_eos_token") && data.endOfSequence >= 0;
            data.contextBos = flagOf(m_tokenizer, "add_bos_token", true);
        }
        for (const Json* json : {&m_generation, &m_config})
            addIds(data, member(*json, "eos_token_id"));
        if (data.endOfSequence >= 0)
            data.endOfText.insert(data.endOfSequence);
    }

private:
    /// By name in the tokenizer's files, else by id in the model's.
    int32_t token(const TokenizerData& data, const char* name, const char* idName) const
    {
        for (const Json* json : {&m_tokenizer, &m_special}) {
            const Json& value = member(*json, name);
            const std::string text =
                value.is_object() ? textOf(value, "content") : textOf(*json, name);
            if (const int32_t id = idOf(data, text); id >= 0)
                return id;
        }
        TokenizerData listed;
        listed.tokens = data.tokens;
        for (const Json* json : {&m_generation, &m_config})
            addIds(listed, member(*json, idName));
        return listed.endOfText.empty() ? -1 : *listed.endOfText.begin();
    }

    /// Ids that the vocabulary has; some models name ends of text it lacks.
    static void addIds(TokenizerData& data, const Json& ids)
    {
        const Json list = ids.is_array() ? ids : Json::array({ids});
        for (const Json& id : list) {
            if (id.is_number_integer() && id.get<int64_t>() >= 0 &&
                id.get<int64_t>() < static_cast<int64_t>(data.tokens.size()))
                data.endOfText.insert(id.get<int32_t>());
        }
    }

    Json m_tokenizer, m_special, m_generation, m_config;
};

} // namespace

TokenizerData tokenizerFromJson(const std::map<std::string, std::string>& sideFiles)
{
    try {
        Json json = parsed(sideFiles, "tokenizer.json");
        if (typeOf(member(json, "model")) == "WordPiece")
            return wordPieceFromJson(json);
        Reader reader(std::move(json));
        TokenizerData data = reader.read();
        SideFiles(sideFiles).complete(data, reader.hasTemplate());
        return data;
    } catch (const Json::exception& error) {
        throw Error("tokenizer", std::string("tokenizer.json is broken: ") + error.what());
    }
}

} // namespace bitloom
