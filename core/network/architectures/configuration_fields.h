// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

namespace bitloom {

/// What a field of a configuration means to the numbers that a network computes.
struct Field {
    enum class Use {
        Read,   ///< the architecture reads it, and says itself which values it cannot compute
        Only,   ///< must be one of `values`, or a list of them; all else is not computed
        Nothing ///< changes no number
    };
    std::string_view name;
    Use use = Use::Nothing;
    std::string_view values = {}; ///< as JSON, ", " between them
};

namespace field {

constexpr Field read(std::string_view name)
{
    return {name, Field::Use::Read};
}

constexpr Field only(std::string_view name, std::string_view values)
{
    return {name, Field::Use::Only, values};
}

constexpr Field nothing(std::string_view name)
{
    return {name};
}

} // namespace field

/// What transformers writes of every network, and what others are known to add.
std::span<const Field> commonFields();

/// Empty, or the first field that is not understood or has a value that is not computed. A field
/// counts as absent when it is null; one that no table knows could change the numbers, and is
/// refused, as nobody can tell it harmless. `tables`: the architecture's own rows first. `prefix`:
/// what stands in front of the fields' names where they are keys of a GGUF.
std::string fieldsUnsupported(const nlohmann::json& configuration,
                              std::initializer_list<std::span<const Field>> tables,
                              const std::string& prefix = {});

} // namespace bitloom
