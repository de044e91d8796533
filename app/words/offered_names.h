// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/recipe/recipe.h"

#include <QString>

namespace bitloom {

/// "sample-3.50bpw": the model's name, without the ending of a file of weights, and what a recipe
/// takes. What it is written to is called so.
QString offeredStem(const Model& model, const Recipe& recipe);
/// A file of that name in a folder where nothing is called so: with "-2", "-3", ... if need be.
QString freeFile(const QString& folder, const QString& name);

} // namespace bitloom
