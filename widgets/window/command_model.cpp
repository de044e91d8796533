// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/window/command_model.h"

#include <QMenu>
#include <QWidget>

#include <algorithm>

namespace bitloom {

namespace {

QString plainText(const QString& text)
{
    QString plain = text.section(u'\t', 0, 0);
    plain.remove(QStringLiteral("…"));
    plain.remove(u'&');
    return plain.trimmed();
}

/// Name of the menu that holds the action, empty when in none.
QString menuName(const QAction& action)
{
    for (const QObject* object : action.associatedObjects())
        if (const auto* menu = qobject_cast<const QMenu*>(object))
            if (!menu->title().isEmpty())
                return plainText(menu->title());
    return {};
}

bool isCommand(const QAction& action)
{
    return !action.isSeparator() && !action.menu() && action.isEnabled() && action.isVisible() &&
           !plainText(action.text()).isEmpty();
}

bool startsWord(const QString& text, qsizetype at)
{
    return at == 0 || !text[at - 1].isLetterOrNumber();
}

} // namespace

int fuzzyScore(const QString& pattern, const QString& text)
{
    int score = 0;
    qsizetype from = 0;
    qsizetype last = -2;
    for (const QChar wanted : pattern) {
        if (wanted.isSpace())
            continue;
        // A start of a word is preferred over the next occurrence inside one.
        qsizetype at = text.indexOf(wanted, from, Qt::CaseInsensitive);
        if (at < 0)
            return -1;
        if (at != last + 1)
            for (qsizetype later = at; later >= 0;
                 later = text.indexOf(wanted, later + 1, Qt::CaseInsensitive))
                if (startsWord(text, later)) {
                    at = later;
                    break;
                }
        score += at == last + 1 ? 4 : startsWord(text, at) ? 3 : 1;
        last = at;
        from = at + 1;
    }
    return score;
}

void CommandModel::collect(const QWidget* window)
{
    m_all.clear();
    for (QAction* action : window->findChildren<QAction*>()) {
        if (!isCommand(*action))
            continue;
        const QString menu = menuName(*action);
        const QString text = plainText(action->text());
        m_all.append({action, menu.isEmpty() ? text : tr("%1: %2").arg(menu, text), 0});
    }
    std::sort(m_all.begin(), m_all.end(), [](const Command& a, const Command& b) {
        return QString::localeAwareCompare(a.name, b.name) < 0;
    });
    setPattern({});
}

void CommandModel::setPattern(const QString& pattern)
{
    beginResetModel();
    m_shown.clear();
    for (Command command : m_all) {
        command.score = fuzzyScore(pattern, command.name);
        if (command.action && command.score >= 0)
            m_shown.append(command);
    }
    std::stable_sort(m_shown.begin(), m_shown.end(),
                     [](const Command& a, const Command& b) { return a.score > b.score; });
    endResetModel();
}

QAction* CommandModel::action(const QModelIndex& index) const
{
    return index.isValid() && index.row() < m_shown.size() ? m_shown[index.row()].action.data()
                                                           : nullptr;
}

int CommandModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_shown.size());
}

QVariant CommandModel::data(const QModelIndex& index, int role) const
{
    const QAction* command = action(index);
    if (!command)
        return {};
    const QString shortcut = command->shortcut().toString(QKeySequence::NativeText);
    if (role == Qt::DisplayRole)
        return m_shown[index.row()].name;
    if (role == kShortcutRole)
        return shortcut;
    if (role == Qt::DecorationRole)
        return command->icon();
    if (role == Qt::AccessibleTextRole)
        return shortcut.isEmpty() ? m_shown[index.row()].name
                                  : tr("%1, %2").arg(m_shown[index.row()].name, shortcut);
    return {};
}

} // namespace bitloom
