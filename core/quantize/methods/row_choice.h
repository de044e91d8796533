// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace bitloom {

/// A number that a row of a table can be given.
struct Parameter {
    std::string_view name;
    std::string_view description;
    double least = 0;
    double most = 1;
    double standard = 0; ///< where it is not given; of a search or the like where that is no number
    bool whole = false;  ///< whole numbers alone
};

/// A row of a table, and numbers for its parameters, as a recipe asks for it.
struct RowChoice {
    std::string id;
    std::map<std::string, double> parameters; ///< by name; absent: as the row says

    bool operator==(const RowChoice&) const = default;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a pointer in it
    auto operator<=>(const RowChoice&) const = default;

    /// A parameter, or what stands for it where it is absent.
    double number(const std::string& name, double otherwise) const;
};

/// A transform of a model, a row of transforms().
using TransformStep = RowChoice;
/// What is added to a slot after it is decoded, a row of corrections().
using CorrectionStep = RowChoice;

/// Reads `id`, or `id:number` and `id:name=number,…`, the first number being of `first`; whether
/// there is such a row and it has such parameters is not asked. Error naming what is no number.
RowChoice parseRowChoice(const std::string& text, std::string_view first);
/// The reverse of parseRowChoice.
std::string rowChoiceText(const RowChoice& choice);
/// Error when a number is not one of a parameter's; `title`: of the row.
void requireInRange(std::string_view title, std::string_view name, const Parameter& parameter,
                    double number);
/// The parameter of that name; null: there is none.
const Parameter* findParameter(std::span<const Parameter> parameters, std::string_view name);

} // namespace bitloom
