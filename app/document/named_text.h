// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/text/corpus.h"

#include <QString>

namespace bitloom {

/// A text from a file.
struct NamedText {
    Corpus text;
    QString name;
    QString note; ///< what was done to read it (PlainText)
};

/// Reads a text from its file. While the file is as it was, every reader gets the same corpus, and
/// so the tokens that others made. Error: it cannot be read, or is no text. Not for the GUI thread.
NamedText readNamedText(const QString& path);

} // namespace bitloom
