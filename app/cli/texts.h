// SPDX-License-Identifier: GPL-3.0-or-later
// Texts on the command line: how they are read, how long their windows are, what is said of them.
#pragma once

#include "core/workbench/settings/texts.h"

#include <string>

namespace bitloom {

/// A text file as a model may read it (readPlainText); what was done to read it goes to standard
/// error.
std::string readText(const std::string& path);

/// Tokens of a window: `asked`, or where that is 0 the model's whole context, `most` at most, which
/// standard error then says. Error: the model does not read so many.
int64_t windowOf(const Model& model, int64_t asked, int64_t most);

/// Says on standard error what a text is to the model, before it is measured with; `use`:
/// "Calibration text". Returns the warning, if there is one, which outputs repeat.
std::string tellText(const char* use, const Model& model, const std::string& text,
                     const std::string& name);

} // namespace bitloom
