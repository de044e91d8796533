// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace bitloom {

/// Reads the numbers of a config.json (or of a part of one), each checked; null means absent. Every
/// Error names the key and is one of `family`, the architecture's id.
class ConfigurationReader {
public:
    ConfigurationReader(std::string_view family, const nlohmann::json& object)
        : m_family(family)
        , m_object(object)
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

private:
    std::string_view m_family;
    const nlohmann::json& m_object;
};

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
