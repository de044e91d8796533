// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/words/widget_headers.h"
#include "widgets/base/cut_texts.h"
#include "widgets/base/elided_combo.h"
#include "widgets/base/wrapped_label.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QHeaderView>
#include <QHelpEvent>
#include <QLabel>
#include <QLineEdit>
#include <QTabBar>
#include <QTest>
#include <QTextDocument>
#include <QToolTip>

namespace bitloom {

/// Looks through everything a window shows for text that does not fit its place, unless it ends in
/// an ellipsis and a tool tip says all of it.
class CutTextsWalk {
public:
    explicit CutTextsWalk(const QWidget& window)
    {
        const QList<QWidget*> all = window.findChildren<QWidget*>();
        for (QWidget* widget : all)
            if (widget->isVisible() && !widget->visibleRegion().isEmpty())
                look(widget);
    }

    /// What is cut, and where; and how many texts were looked at.
    QStringList found() const { return m_found; }
    int looked() const { return m_looked; }

private:
    void look(QWidget* widget)
    {
        if (auto* label = qobject_cast<QLabel*>(widget))
            lookAtLabel(*label);
        else if (auto* button = qobject_cast<QAbstractButton*>(widget))
            lookAtButton(*button);
        else if (auto* combo = qobject_cast<QComboBox*>(widget))
            lookAtCombo(*combo);
        else if (auto* edit = qobject_cast<QLineEdit*>(widget))
            lookAtNumber(*edit);
        else if (auto* tabs = qobject_cast<QTabBar*>(widget))
            lookAtTabs(*tabs);
        else if (auto* header = qobject_cast<QHeaderView*>(widget))
            lookAtHeader(*header);
        else if (auto* view = qobject_cast<QAbstractItemView*>(widget))
            lookAtCells(*view);
    }

    void say(const QWidget& widget, const QString& text, const QString& why)
    {
        m_found.append(QString("%1 \"%2\" (%3 × %4): \"%5\" %6")
                           .arg(widget.metaObject()->className(), widget.objectName())
                           .arg(widget.width())
                           .arg(widget.height())
                           .arg(text.left(80), why));
    }

    /// What the tool tip says at a place, as a user would see it.
    static QString hintAt(QWidget* widget, const QPoint& place)
    {
        QToolTip::hideText();
        QHelpEvent event(QEvent::ToolTip, place, widget->mapToGlobal(place));
        QApplication::sendEvent(widget, &event);
        const QString text = QToolTip::text();
        QToolTip::hideText();
        return text;
    }

    void lookAtLabel(QLabel& label)
    {
        const QString text = label.text();
        if (text.isEmpty())
            return;
        ++m_looked;
        const QRect room = label.contentsRect();
        if (const auto* elided = qobject_cast<const ElidedLabel*>(&label)) {
            if (elided->isCut() && !hintAt(&label, room.center()).contains(text))
                say(label, text, "is elided without a tool tip");
            return;
        }
        if (!label.wordWrap()) {
            if (label.sizeHint().width() > label.width() + 1)
                say(label, text, "is wider than its label");
            return;
        }
        if (const auto* wrapped = qobject_cast<const WrappedLabel*>(&label)) {
            if (wrapped->isCut() && !hintAt(&label, room.center()).contains(text))
                say(label, text, "is cut without a tool tip");
            return;
        }
        if (label.heightForWidth(label.width()) > label.height() + 1)
            say(label, text, "is higher than its label");
        const QRect taken =
            label.fontMetrics().boundingRect(room, Qt::TextWordWrap | Qt::AlignLeft, text);
        if (taken.width() > room.width() + 1)
            say(label, text, "has a word wider than its label");
    }

    void lookAtButton(QAbstractButton& button)
    {
        if (button.text().isEmpty() || button.objectName().startsWith("qt_"))
            return;
        ++m_looked;
        if (button.sizeHint().width() > button.width() + 1)
            say(button, button.text(), "does not fit its button");
    }

    void lookAtCombo(QComboBox& combo)
    {
        ++m_looked;
        if (const auto* elided = qobject_cast<const ElidedCombo*>(&combo)) {
            if (elided->shownText() != combo.currentText() &&
                !hintAt(&combo, combo.rect().center()).contains(combo.currentText()))
                say(combo, combo.currentText(), "is elided without a tool tip");
            return;
        }
        QStyleOptionComboBox option;
        option.initFrom(&combo);
        const QRect room = combo.style()->subControlRect(QStyle::CC_ComboBox, &option,
                                                         QStyle::SC_ComboBoxEditField, &combo);
        if (combo.fontMetrics().horizontalAdvance(combo.currentText()) > room.width())
            say(combo, combo.currentText(), "does not fit its list");
    }

    /// What is typed may scroll; a number in a spin box is to be read.
    void lookAtNumber(QLineEdit& edit)
    {
        if (!qobject_cast<const QAbstractSpinBox*>(edit.parentWidget()))
            return;
        ++m_looked;
        const int room = edit.contentsRect().width() - 2;
        if (edit.fontMetrics().horizontalAdvance(edit.text()) > room)
            say(edit, edit.text(), "does not fit its box");
    }

    void lookAtTabs(QTabBar& tabs)
    {
        for (int tab = 0; tab < tabs.count(); ++tab) {
            if (!tabs.isTabVisible(tab))
                continue;
            ++m_looked;
            const int needed = tabs.fontMetrics().horizontalAdvance(tabs.tabText(tab));
            const QRect place = tabs.tabRect(tab);
            if (needed + 6 <= place.width() && tabs.rect().contains(place))
                continue;
            const bool elided = tabs.elideMode() != Qt::ElideNone;
            if (!tabs.rect().contains(place) || !elided ||
                !hintAt(&tabs, place.center()).contains(tabs.tabText(tab)))
                say(tabs, tabs.tabText(tab), "is a tab cut off");
        }
    }

    void lookAtHeader(QHeaderView& header)
    {
        if (header.orientation() != Qt::Horizontal)
            return;
        for (int section = 0; section < header.count(); ++section) {
            const int x = header.sectionViewportPosition(section);
            if (header.isSectionHidden(section) || x < 0 ||
                x + header.sectionSize(section) > header.viewport()->width())
                continue; // can be scrolled to
            ++m_looked;
            const QString text = header.model()->headerData(section, Qt::Horizontal).toString();
            const QPoint place(x + header.sectionSize(section) / 2, header.height() / 2);
            if (isSectionCut(header, section) && (header.textElideMode() == Qt::ElideNone ||
                                                  !hintAt(header.viewport(), place).contains(text)))
                say(header, text, "is a column title cut off");
        }
    }

    void lookAtCells(QAbstractItemView& view)
    {
        const QRect seen = view.viewport()->rect();
        lookAtRows(view, view.rootIndex(), seen);
    }

    void lookAtRows(QAbstractItemView& view, const QModelIndex& parent, const QRect& seen)
    {
        const QAbstractItemModel& model = *view.model();
        for (int row = 0; row < model.rowCount(parent); ++row) {
            for (int column = 0; column < model.columnCount(parent); ++column) {
                const QModelIndex index = model.index(row, column, parent);
                const QRect place = view.visualRect(index);
                if (place.isEmpty() || !seen.contains(place.center()))
                    continue;
                ++m_looked;
                const QString text = index.data().toString();
                if (isCellCut(view, index) &&
                    (view.textElideMode() == Qt::ElideNone ||
                     !hintAt(view.viewport(), place.center()).contains(text)))
                    say(view, text, "is a cell cut off");
            }
            lookAtRows(view, model.index(row, 0, parent), seen);
        }
    }

    QStringList m_found;
    int m_looked = 0;
};

} // namespace bitloom
