// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace bitloom {

class ElidedLabel;

/// Which texts figures come from, in one line, and below it what is wrong with them, which stays as
/// long as it is so. What does not fit is in the tool tips; a warning widens nothing.
class TextNotice : public QWidget {
public:
    explicit TextNotice(QWidget* parent = nullptr);

    /// Both may be empty; then their line is not there.
    void setTexts(const QString& line, const QString& details);
    void setWarnings(const QStringList& warnings);

private:
    ElidedLabel* addLine(const QString& name);

    ElidedLabel* m_texts = nullptr;
    ElidedLabel* m_warning = nullptr;
};

} // namespace bitloom
