// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/bert_configuration.h"

#include "core/base/error.h"
#include "core/network/architectures/configuration.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using nlohmann::json;

constexpr const char* kModules = "modules.json";
constexpr const char* kPooling = "1_Pooling/config.json";
constexpr const char* kSentence = "sentence_bert_config.json";
constexpr const char* kPrompts = "config_sentence_transformers.json";

/// A side file as JSON; an empty object when it is not there.
json sideFile(const Checkpoint& checkpoint, const char* name)
{
    const auto found = checkpoint.sideFiles.find(name);
    if (found == checkpoint.sideFiles.end())
        return json::object();
    json read = json::parse(found->second, nullptr, /*allow_exceptions=*/false);
    if (read.is_discarded())
        throw Error("bert", std::string(name) + " of " + checkpoint.path + " is not JSON");
    return read;
}

/// "Transformer", "Pooling", "Normalize": the last words of the modules' types, in order.
std::vector<std::string> moduleKinds(const json& modules)
{
    std::vector<std::string> kinds;
    for (const json& module : modules) {
        const std::string type = ConfigurationReader("bert", module, kModules).text("type", "");
        kinds.push_back(type.substr(type.rfind('.') + 1));
    }
    return kinds;
}

/// The pooling modes that are switched on.
std::vector<std::string> poolingModes(const json& pooling)
{
    constexpr std::string_view kStem = "pooling_mode_";
    std::vector<std::string> modes;
    for (const auto& [key, value] : pooling.items())
        if (key.starts_with(kStem) && value.is_boolean() && value.get<bool>())
            modes.push_back(key.substr(kStem.size()));
    if (std::string mode = ConfigurationReader("bert", pooling, kPooling).text("pooling_mode", "");
        !mode.empty())
        modes.push_back(std::move(mode));
    return modes;
}

bool isMean(const std::string& mode)
{
    return mode == "mean_tokens" || mode == "mean";
}

bool isFirst(const std::string& mode)
{
    return mode == "cls_token" || mode == "cls";
}

/// Null: it names none.
const json* labelNames(const json& configuration)
{
    const auto names = configuration.find("id2label");
    return names == configuration.end() || names->is_null() ? nullptr : &*names;
}

std::string labelsUnsupported(const json& configuration)
{
    const json* names = labelNames(configuration);
    if (!names)
        return {};
    if (!names->is_object())
        return "id2label is " + names->dump() + ", which is no object";
    for (size_t i = 0; i < names->size(); ++i) {
        const auto name = names->find(std::to_string(i));
        if (name == names->end())
            return "id2label names " + std::to_string(names->size()) +
                   " labels, but none of them " + std::to_string(i);
        if (name->is_structured())
            return "id2label." + std::to_string(i) + " is " + name->dump() + ", which is no name";
    }
    return {};
}

/// Labels by number. Newer files give id2label, older ones a count alone.
std::vector<std::string> labelsOf(const json& configuration)
{
    std::vector<std::string> labels;
    const json* names = labelNames(configuration);
    for (size_t i = 0; names && i < names->size(); ++i) {
        const std::string number = std::to_string(i);
        const json& name = names->at(number);
        labels.push_back(name.is_null()     ? "LABEL_" + number
                         : name.is_string() ? name.get<std::string>()
                                            : name.dump()); // tables of numbers give numbers
    }
    if (!labels.empty())
        return labels;
    const int64_t count = ConfigurationReader("bert", configuration).whole("num_labels", 2);
    for (int64_t i = 0; i < count; ++i)
        labels.push_back("LABEL_" + std::to_string(i));
    return labels;
}

/// What sentence-transformers does to a text before the tokenizer sees it.
std::string textsUnsupported(const Checkpoint& checkpoint)
{
    const auto lowers = [&](const char* name) {
        const json file = sideFile(checkpoint, name);
        return ConfigurationReader("bert", file, name).flag("do_lower_case", false);
    };
    if (lowers(kSentence) && !lowers("tokenizer_config.json"))
        return std::string("do_lower_case true of ") + kSentence +
               " is not supported where the tokenizer does not do it";
    const json prompts = sideFile(checkpoint, kPrompts);
    const std::string prompt =
        ConfigurationReader("bert", prompts, kPrompts).text("default_prompt_name", "");
    return prompt.empty() ? prompt
                          : "default_prompt_name " + prompt + " of " + kPrompts +
                                ", a prompt in front of every text, is not supported";
}

void readHead(BertConfiguration& numbers, const json& configuration, const Checkpoint& checkpoint)
{
    numbers.context = numbers.positions;
    const json modules = sideFile(checkpoint, kModules);
    const std::string name = architectureName(configuration);
    if (name == "BertForSequenceClassification") {
        numbers.head = BertHead::Classification;
        numbers.labels = labelsOf(configuration);
    } else if (modules.is_array()) {
        const std::vector<std::string> kinds = moduleKinds(modules);
        const std::vector<std::string> modes = poolingModes(sideFile(checkpoint, kPooling));
        numbers.head = BertHead::Embedding;
        numbers.pooledByMean = std::any_of(modes.begin(), modes.end(), isMean);
        numbers.normalised = std::find(kinds.begin(), kinds.end(), "Normalize") != kinds.end();
        const json sentence = sideFile(checkpoint, kSentence);
        const ConfigurationReader read("bert", sentence, kSentence);
        numbers.context =
            std::min(numbers.positions, read.whole("max_seq_length", numbers.positions));
    }
}

} // namespace

BertConfiguration::BertConfiguration(const json& configuration, const Checkpoint& checkpoint)
{
    const ConfigurationReader read("bert", configuration);
    vocabulary = read.whole("vocab_size");
    hidden = read.whole("hidden_size");
    feedForward = read.whole("intermediate_size");
    positions = read.whole("max_position_embeddings");
    types = read.whole("type_vocab_size", 2);
    blocks = static_cast<int>(read.whole("num_hidden_layers"));
    heads = static_cast<int>(read.whole("num_attention_heads"));
    epsilon = single(read.positive("layer_norm_eps", 1e-12));
    activation = activationOperation(read.text("hidden_act", "gelu"));
    readHead(*this, configuration, checkpoint);
    if (hidden % heads != 0)
        read.refuse("says hidden_size is " + std::to_string(hidden) +
                    ", which is no multiple of num_attention_heads, " + std::to_string(heads));
}

std::string headUnsupported(const json& configuration, const Checkpoint& checkpoint)
{
    const std::string name = architectureName(configuration);
    if (name == "BertForSequenceClassification") {
        const std::string problem = ConfigurationReader("bert", configuration)
                                        .text("problem_type", "single_label_classification");
        if (problem != "single_label_classification")
            return "the problem_type " + problem +
                   " is not supported, only single_label_classification";
        if (std::string labels = labelsUnsupported(configuration); !labels.empty())
            return labels;
        return labelsOf(configuration).size() > 1
                   ? std::string()
                   : "a single label (id2label) asks for regression, which is not supported, only "
                     "single_label_classification";
    }
    const json modules = sideFile(checkpoint, kModules);
    if (!modules.is_array())
        return "the head of " + (name.empty() ? "a model without a name" : name) +
               " (architectures) is not supported, only BertForSequenceClassification and the "
               "sentence embeddings that modules.json describes";
    for (const std::string& kind : moduleKinds(modules))
        if (kind != "Transformer" && kind != "Pooling" && kind != "Normalize")
            return "the module " + kind +
                   " (modules.json) is not supported, only Transformer, Pooling and Normalize";
    const std::vector<std::string> modes = poolingModes(sideFile(checkpoint, kPooling));
    for (const std::string& mode : modes)
        if (!isMean(mode) && !isFirst(mode))
            return "the pooling mode " + mode +
                   " (1_Pooling/config.json) is not supported, only mean_tokens and cls_token";
    if (modes.size() != 1)
        return "1_Pooling/config.json names " + std::to_string(modes.size()) +
               " pooling modes, only one is supported";
    return textsUnsupported(checkpoint);
}

bool isOtherHead(const std::string& name)
{
    return name.starts_with("pooler.") || name.starts_with("cls.");
}

} // namespace bitloom
