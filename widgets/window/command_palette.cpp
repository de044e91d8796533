// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/window/command_palette.h"

#include "widgets/window/command_model.h"

#include <QCoreApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace bitloom {

namespace {

/// The command's name, its shortcut at the right edge.
class CommandDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        const bool chosen = option.state.testFlag(QStyle::State_Selected);
        painter->save();
        painter->setPen(
            option.palette.color(chosen ? QPalette::HighlightedText : QPalette::PlaceholderText));
        painter->drawText(option.rect.adjusted(0, 0, -6, 0), Qt::AlignRight | Qt::AlignVCenter,
                          index.data(CommandModel::kShortcutRole).toString());
        painter->restore();
    }
};

} // namespace

CommandPalette::CommandPalette(QWidget* window)
    : QDialog(window, Qt::Popup)
    , m_model(new CommandModel(this))
    , m_filter(new QLineEdit(this))
    , m_list(new QListView(this))
{
    setObjectName(QStringLiteral("commandPalette"));
    setAccessibleName(tr("Commands"));
    m_filter->setObjectName(QStringLiteral("commandFilter"));
    m_filter->setAccessibleName(tr("Find a command"));
    m_filter->setPlaceholderText(tr("Find a command"));
    m_filter->installEventFilter(this);
    m_list->setObjectName(QStringLiteral("commandList"));
    m_list->setAccessibleName(tr("Commands"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new CommandDelegate(m_list));
    m_list->setUniformItemSizes(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 6);
    layout->addWidget(m_filter);
    layout->addWidget(m_list);
    connect(m_filter, &QLineEdit::textChanged, this, &CommandPalette::filterChanged);
    connect(m_list, &QListView::activated, this, &CommandPalette::run);
    connect(m_list, &QListView::clicked, this, &CommandPalette::run);
}

void CommandPalette::popUp()
{
    const QWidget* over = parentWidget();
    m_model->collect(over);
    m_filter->clear();
    filterChanged({});
    resize(qMin(over->width(), fontMetrics().averageCharWidth() * 64),
           qMin(over->height(), fontMetrics().height() * 20));
    move(over->mapToGlobal(QPoint((over->width() - width()) / 2, over->height() / 8)));
    show();
    m_filter->setFocus(Qt::PopupFocusReason);
}

void CommandPalette::filterChanged(const QString& pattern)
{
    m_model->setPattern(pattern);
    m_list->setCurrentIndex(m_model->index(0, 0));
}

void CommandPalette::run(const QModelIndex& index)
{
    QAction* action = m_model->action(index);
    if (!isVisible() || !action)
        return;
    hide(); // before the action: it may open a window of its own
    action->trigger();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != m_filter || event->type() != QEvent::KeyPress)
        return QDialog::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Up || key == Qt::Key_Down || key == Qt::Key_PageUp ||
        key == Qt::Key_PageDown)
        QCoreApplication::sendEvent(m_list, event);
    else if (key == Qt::Key_Return || key == Qt::Key_Enter)
        run(m_list->currentIndex());
    else
        return QDialog::eventFilter(watched, event);
    return true;
}

} // namespace bitloom
