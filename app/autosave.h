// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/recipe.h"

#include <QString>

#include <optional>

namespace bitloom {

/// A recipe kept against crashes: one small file per model in the user's application data. All of
/// these read or write files; for workers.
struct Autosave {
    QString modelPath;
    Recipe recipe;

    void write() const;
    /// Of the model with this identity; a broken file counts as none.
    static std::optional<Autosave> read(const std::string& identity);
    /// The newest one.
    static std::optional<Autosave> newest();
    static void remove(const std::string& identity);
};

} // namespace bitloom
