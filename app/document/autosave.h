// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/io/descriptor.h"
#include "core/quantize/recipe/recipe.h"

#include <QString>

#include <memory>
#include <optional>

namespace bitloom {

/// A recipe kept against crashes, and the model it is for.
struct Autosave {
    QString modelPath;
    Recipe recipe;

    /// The newest one whose session ended before it was saved.
    static std::optional<Autosave> newest();
};

/// The small file, in the user's application data, in which one session keeps the recipe of one
/// open model. No other session touches it, in this process or another, as long as this lives; the
/// lock goes with the process, however it ends. All of these read or write files; for workers.
class AutosaveFile {
public:
    /// Takes over the newest that a session of this model left behind; without one, a new one.
    static std::shared_ptr<AutosaveFile> ofModel(const std::string& identity);

    /// What was taken over.
    const std::optional<Autosave>& left() const { return m_left; }
    /// Puts what was taken over away under a name that no session looks for; returns its path.
    QString setAside();
    void write(const Autosave& content);
    void remove();

private:
    explicit AutosaveFile(QString path)
        : m_path(std::move(path))
    {
    }
    QString lockPath() const { return m_path + ".lock"; }
    /// False: another session has it.
    bool lock();

    QString m_path;
    std::unique_ptr<Descriptor> m_lock; ///< null: not held, since there is nothing to hold
    std::optional<Autosave> m_left;

    friend struct Autosave;
};

} // namespace bitloom
