// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace bitloom {

/// Reads the numbers of a config.json (or of a part of one, or of another file), each checked; null
/// means absent. Every Error names file and key and is one of `family`, the architecture's id.
class ConfigurationReader {
public:
    /// What a key is called in the file, with the objects that it stands in: "rope_scaling.factor".
    using Spelling = std::function<std::string(const std::string& key)>;

    ConfigurationReader(std::string_view family, const nlohmann::json& object,
                        std::string_view file = "config.json", Spelling spelling = {})
        : m_family(family)
        , m_object(object)
        , m_file(file)
        , m_spelling(std::move(spelling))
    {
    }

    /// Whether the key is there and not null.
    bool has(const char* key) const;
    /// At least 1.
    int64_t whole(const char* key) const;
    int64_t whole(const char* key, int64_t otherwise) const;
    /// Above 0 and finite.
    double positive(const char* key) const;
    double positive(const char* key, double otherwise) const;
    bool flag(const char* key, bool otherwise) const;
    std::string text(const char* key, const std::string& otherwise) const;
    [[noreturn]] void refuse(const std::string& what) const;
    /// A key as Errors name it.
    std::string spelt(const char* key) const;

private:
    [[noreturn]] void refuseValue(const char* key) const;

    std::string_view m_family;
    const nlohmann::json& m_object;
    std::string_view m_file;
    Spelling m_spelling; ///< empty: keys are called what they are
};

/// A string without its quotes, other values as JSON.
std::string withoutQuotes(const nlohmann::json& value);
/// The first name under "architectures"; empty: none.
std::string architectureName(const nlohmann::json& configuration);
/// What stands under "model_type"; empty: nothing.
std::string modelType(const nlohmann::json& configuration);

/// The activations of transformers (activations.py) that are computed here, as `only` takes them,
/// and the operation that computes one: some have several names.
inline constexpr const char* kGelusAndRelu =
    R"("gelu", "gelu_python", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "relu")";
std::string activationOperation(const std::string& activation);

/// GGUF keeps some numbers in single precision: rounded to it when a configuration is read, a file
/// we write computes the same as what it was made from.
inline double single(double value)
{
    return static_cast<double>(static_cast<float>(value));
}

} // namespace bitloom
