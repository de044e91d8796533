// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/tokenizer_wordpiece.h"

#include "core/base/error.h"
#include "core/network/tokenizers/tokenizer_parts.h"
#include "core/network/tokenizers/utf8.h"

#include <array>
#include <set>
#include <sstream>

namespace bitloom {

namespace {

using namespace parts;
using Files = std::map<std::string, std::string>;

void requireStep(const Json& step, const char* wanted, const char* does)
{
    if (typeOf(step) != wanted)
        refuse(std::string(does) + " by " + (typeOf(step).empty() ? "nothing" : typeOf(step)) +
               ", which cannot be honoured (" + wanted + " can)");
}

/// `configuration`: a BertNormalizer, or a tokenizer_config.json, which names two things otherwise.
void readNormalizer(WordPieceRules& rules, const Json& configuration, const char* lowerCase,
                    const char* ideographs)
{
    rules.cleanText = flagOf(configuration, "clean_text", true);
    rules.separateIdeographs = flagOf(configuration, ideographs, true);
    rules.lowerCase = flagOf(configuration, lowerCase, true);
    rules.stripAccents = flagOf(configuration, "strip_accents", rules.lowerCase);
}

void readNormalizers(WordPieceRules& rules, const std::vector<Json>& steps)
{
    if (steps.empty()) {
        rules.cleanText = rules.separateIdeographs = rules.stripAccents = rules.lowerCase = false;
        return;
    }
    if (steps.size() > 1)
        refuse("normalizes text in more than one step, which cannot be honoured");
    requireStep(steps.front(), "BertNormalizer", "normalizes text");
    readNormalizer(rules, steps.front(), "lowercase", "handle_chinese_chars");
}

void readUnknown(TokenizerData& data, const std::string& name)
{
    data.unknown = idOf(data, name);
    if (data.unknown < 0)
        throw Error("tokenizer",
                    "the vocabulary lacks the token '" + name + "' for words that it cannot spell");
}

void readModel(TokenizerData& data, const Json& model)
{
    const Json& prefix = member(model, "continuing_subword_prefix");
    data.wordPiece.continuation = prefix.is_string() ? prefix.get<std::string>() : "##";
    if (const Json& most = member(model, "max_input_chars_per_word"); !most.is_null())
        data.wordPiece.mostCharacters = most.get<int64_t>();
    const std::string unknown = textOf(model, "unk_token");
    readUnknown(data, unknown.empty() ? "[UNK]" : unknown);
}

/// `model`: null where there is a plain vocabulary.
void readAddedTokens(TokenizerData& data, const Json& model, const Json& tokens)
{
    const std::vector<TokenType> words = data.types;
    for (const Json& token : tokens) {
        const int32_t id = readAddedToken(data, model, token, token.at("id").get<int32_t>(), true);
        const auto index = static_cast<size_t>(id);
        if (index >= words.size() || words[index] == TokenType::Unused)
            data.wordPiece.neverPieces.insert(id);
    }
}

void readEnds(TokenizerData& data, const Json& processor)
{
    data.addBos = data.addEos = false;
    if (processor.is_null())
        return;
    if (typeOf(processor) == "BertProcessing") {
        data.bos = processor.at("cls").at(1).get<int32_t>();
        data.endOfSequence = processor.at("sep").at(1).get<int32_t>();
        data.addBos = data.addEos = true;
        return;
    }
    requireStep(processor, "TemplateProcessing", "completes texts");
    for (const Json& part : member(processor, "single")) {
        for (const auto& [kind, token] : part.items()) {
            if (const Json& type = member(token, "type_id"); !type.is_null() && type != 0)
                refuse("gives a text of its own the token type 1, which cannot be honoured");
        }
    }
    readTemplate(data, processor);
}

void readDecoder(WordPieceRules& rules, const Json& decoder)
{
    requireStep(decoder, "WordPiece", "decodes");
    const Json& prefix = member(decoder, "prefix");
    if (prefix.is_string() && prefix.get<std::string>() != rules.continuation)
        refuse("continues words by '" + rules.continuation + "' but decodes '" +
               prefix.get<std::string>() + "', which cannot be honoured");
    rules.cleanUp = flagOf(decoder, "cleanup", true);
}

/// Lines as Python reads them.
void readLines(TokenizerData& data, const std::string& text)
{
    if (repairedUtf8(text) != text)
        throw Error("tokenizer", "vocab.txt is not UTF-8 text");
    std::istringstream lines(text);
    int64_t id = 0;
    for (std::string line; std::getline(lines, line); ++id) {
        if (line.ends_with('\r'))
            line.pop_back();
        placeToken(data, id, line, TokenType::Normal);
    }
}

/// What BertTokenizer's settings say beside the vocabulary.
class Settings {
public:
    explicit Settings(const Files& files)
        : m_configuration(parsed(files, "tokenizer_config.json"))
        , m_special(parsed(files, "special_tokens_map.json"))
    {
    }

    void check() const
    {
        static const std::set<std::string> kClasses = {"", "BertTokenizer", "BertTokenizerFast",
                                                       "DistilBertTokenizer",
                                                       "DistilBertTokenizerFast"};
        const std::string name = textOf(m_configuration, "tokenizer_class");
        if (!kClasses.contains(name))
            refuseSetting("names the tokenizer " + name +
                          ", which vocab.txt alone does not describe");
        if (!flagOf(m_configuration, "do_basic_tokenize", true))
            refuseSetting("turns do_basic_tokenize off, which cannot be honoured");
        for (const char* list : {"never_split", "additional_special_tokens"}) {
            if (!member(m_configuration, list).empty() || !member(m_special, list).empty())
                refuseSetting(std::string("has ") + list + ", which cannot be honoured");
        }
    }

    void apply(TokenizerData& data) const
    {
        readNormalizer(data.wordPiece, m_configuration, "do_lower_case", "tokenize_chinese_chars");
        data.wordPiece.cleanText = true;
        readUnknown(data, name("unk_token", "[UNK]"));
        for (const auto& [setting, otherwise] : kSpecialTokens) {
            if (const int32_t id = idOf(data, name(setting, otherwise)); id >= 0)
                data.types[static_cast<size_t>(id)] = TokenType::Control;
        }
        for (const auto& [id, token] : member(m_configuration, "added_tokens_decoder").items()) {
            Json added = token;
            added["id"] = std::stoi(id);
            readAddedTokens(data, {}, Json::array({added}));
        }
        data.bos = end(data, "cls_token", "[CLS]");
        data.endOfSequence = end(data, "sep_token", "[SEP]");
        data.addBos = data.addEos = true;
    }

private:
    struct Special {
        const char* setting;
        const char* otherwise;
    };
    static constexpr std::array<Special, 5> kSpecialTokens = {{{"unk_token", "[UNK]"},
                                                               {"cls_token", "[CLS]"},
                                                               {"sep_token", "[SEP]"},
                                                               {"pad_token", "[PAD]"},
                                                               {"mask_token", "[MASK]"}}};

    [[noreturn]] static void refuseSetting(const std::string& why)
    {
        throw Error("tokenizer", "tokenizer_config.json " + why);
    }

    std::string name(const char* setting, const char* otherwise) const
    {
        for (const Json* json : {&m_configuration, &m_special}) {
            const Json& value = member(*json, setting);
            if (value.is_object())
                return textOf(value, "content");
            if (value.is_string())
                return value.get<std::string>();
        }
        return otherwise;
    }

    int32_t end(const TokenizerData& data, const char* setting, const char* otherwise) const
    {
        const std::string token = name(setting, otherwise);
        const int32_t id = idOf(data, token);
        if (id < 0)
            throw Error("tokenizer",
                        "vocab.txt lacks the token '" + token + "' that every text is to be given");
        return id;
    }

    Json m_configuration, m_special;
};

} // namespace

TokenizerData wordPieceFromJson(const Json& json)
{
    TokenizerData data;
    data.kind = "wordpiece";
    readVocabulary(data, member(json, "model"));
    readModel(data, member(json, "model"));
    readNormalizers(data.wordPiece, stepsOf(member(json, "normalizer"), "normalizers"));
    requireStep(member(json, "pre_tokenizer"), "BertPreTokenizer", "cuts text into words");
    readAddedTokens(data, member(json, "model"), member(json, "added_tokens"));
    readEnds(data, member(json, "post_processor"));
    readDecoder(data.wordPiece, member(json, "decoder"));
    return data;
}

TokenizerData wordPieceFromVocabulary(const Files& sideFiles)
{
    const Settings settings(sideFiles);
    settings.check();
    TokenizerData data;
    data.kind = "wordpiece";
    readLines(data, sideFiles.at("vocab.txt"));
    try {
        settings.apply(data);
    } catch (const std::exception& error) {
        if (dynamic_cast<const Error*>(&error) != nullptr)
            throw;
        throw Error("tokenizer", std::string("tokenizer_config.json is broken: ") + error.what());
    }
    return data;
}

} // namespace bitloom
