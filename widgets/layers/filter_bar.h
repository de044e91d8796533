// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QLineEdit;
class QToolButton;

namespace bitloom {

/// What to look for among the layers: words or a regular expression, and whether only those that
/// the last fit changed; below it a note when something is wrong.
class FilterBar : public QWidget {
    Q_OBJECT

public:
    explicit FilterBar(QWidget* parent = nullptr);

    QLineEdit* edit() const { return m_edit; }
    QString pattern() const;
    bool isRegex() const;
    bool changedOnly() const;
    void setChangedOnly(bool on);
    /// Empty hides it.
    void setNote(const QString& sentence);

signals:
    /// Anything above changed by the user or by setChangedOnly.
    void changed();

private:
    QToolButton* toggle(const QString& name, const QString& label);

    QLineEdit* m_edit = nullptr;
    QToolButton* m_regex = nullptr;
    QToolButton* m_changed = nullptr;
    QLabel* m_note = nullptr;
};

} // namespace bitloom
