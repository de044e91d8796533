// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/analysis.h"

#include <QObject>

#include <array>

namespace bitloom {

/// The two texts a model is measured on.
enum class TextUse { Calibration, Evaluation };

/// One of them as people see it.
struct ShownText {
    QString name;    ///< "evaluation.txt", "evaluation.txt (bundled)"
    QString kind;    ///< "872 sentences with labels"; empty: not read yet, or it cannot be read
    QString note;    ///< what was done to read it; may be empty
    QString warning; ///< why it says little of the model, or cannot be read; may be empty
};

/// Which texts belong to the open model: chosen for it, remembered for it by its identity, looked
/// at as soon as they are known, so that what is wrong with them is seen before anything is
/// measured. Of a model for which nobody chose: the bundled ones.
class ModelTexts : public QObject {
    Q_OBJECT

public:
    ModelTexts(Session& session, Analysis& analysis, QObject* parent = nullptr);

    const ShownText& text(TextUse use) const { return m_texts.at(static_cast<size_t>(use)); }
    /// "Texts: calibration.txt, evaluation.txt"; empty while no model is open.
    QString line() const;
    /// The same with all that is known of them, a line each.
    QString details() const;
    /// What is wrong with them, a sentence each.
    QStringList warnings() const;

    /// Reads the text and takes it for the open model, or for the next one while none is open. A
    /// message tells what came of it; a text that cannot be read is not taken.
    void choose(TextUse use, const QString& path);
    /// For the open model, which forgets what was chosen for it.
    void useBundled();

Q_SIGNALS:
    void changed();

private:
    void modelOpened();
    void settingsChanged();
    void look(TextUse use);
    void fail(const QString& tag, const QString& sentence);
    void take(TextUse use, const QString& path);
    void show(TextUse use, const ShownText& text);

    Session& m_session;
    Analysis& m_analysis;
    QString m_identity; ///< of the model that the texts belong to
    std::array<QString, 2> m_paths;
    std::array<bool, 2> m_chosenBefore = {}; ///< while no model was open: for the next one
    std::array<ShownText, 2> m_texts;
};

} // namespace bitloom
