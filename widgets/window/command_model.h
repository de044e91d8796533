// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QAction>
#include <QList>
#include <QPointer>

namespace bitloom {

/// How well `pattern` fits `text`: its characters in order, better when they start words or follow
/// each other; -1 when they do not all occur. Case is ignored; an empty pattern fits everything
/// (0).
int fuzzyScore(const QString& pattern, const QString& text);

/// The enabled, visible, named actions of a window, best match first.
class CommandModel : public QAbstractListModel {
    Q_OBJECT

public:
    using QAbstractListModel::QAbstractListModel;
    static constexpr int kShortcutRole = Qt::UserRole + 1; ///< QString: "Ctrl+O"

    /// Actions of menus carry the menu's name ("File: Open folder").
    void collect(const QWidget* window);
    void setPattern(const QString& pattern);
    QAction* action(const QModelIndex& index) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    struct Command {
        QPointer<QAction> action;
        QString name;
        int score = 0;
    };
    QList<Command> m_all;
    QList<Command> m_shown;
};

} // namespace bitloom
