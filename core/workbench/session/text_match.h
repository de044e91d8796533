// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model/model.h"

#include <string>

namespace bitloom {

/// What a text is to a model, told before anything is measured with it.
struct TextMatch {
    std::string kind;    ///< "872 sentences with labels", "23151 bytes of plain text"
    std::string warning; ///< empty, or why figures measured with it say little of this model
};

/// `name`: the text's, for the warning and for errors. Errors as readLabelledText's.
TextMatch matchText(const Model& model, const std::string& text, const std::string& name);

/// Whether a model has the sample's vocabulary: it is the sample, or was made from it, so that the
/// bundled texts are like those it is for.
bool readsLikeTheSample(const Model& model);

/// Path of a text beside the bundled sample ("calibration.txt"); empty: the sample is not there.
std::string bundledText(const std::string& name);

} // namespace bitloom
