// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/layer_tree.h"

#include "widgets/layers/bit_keys.h"
#include "widgets/layers/filter_bar.h"
#include "widgets/layers/layer_filter.h"

#include <QCoreApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QTreeView>

namespace bitloom {

namespace {

bool isFind(const QKeyEvent* event)
{
    return event->matches(QKeySequence::Find);
}

bool movesInTree(int key)
{
    return key == Qt::Key_Up || key == Qt::Key_Down || key == Qt::Key_PageUp ||
           key == Qt::Key_PageDown;
}

} // namespace

bool LayerTree::keyInTree(QKeyEvent* event)
{
    if (const int bits = BitKeys::bitsOf(event); bits >= 0)
        emit bitsKeyPressed(bits);
    else if (event->matches(QKeySequence::Copy))
        copySelection();
    else if (isFind(event))
        focusFilter();
    else
        return false;
    return true;
}

bool LayerTree::keyInFilter(QKeyEvent* event)
{
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (isFind(event)) {
        focusFilter();
    } else if (enter) {
        m_view->setFocus(Qt::ShortcutFocusReason);
        if (!m_view->currentIndex().isValid())
            m_view->setCurrentIndex(m_proxy->index(0, 0));
    } else if (movesInTree(event->key())) {
        QCoreApplication::sendEvent(m_view, event);
    } else if (event->key() == Qt::Key_Escape && !m_filter->pattern().isEmpty()) {
        filterEdit()->clear();
    } else {
        return false;
    }
    return true;
}

bool LayerTree::takesKey(const QObject* watched, const QKeyEvent* event) const
{
    if (isFind(event))
        return true;
    if (watched == filterEdit())
        return event->key() == Qt::Key_Escape && !m_filter->pattern().isEmpty();
    return BitKeys::bitsOf(event) >= 0 || event->matches(QKeySequence::Copy);
}

bool LayerTree::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != m_view && watched != filterEdit())
        return QWidget::eventFilter(watched, event);
    // Accepting the override keeps a window-wide shortcut of the same keys from stealing them.
    if (event->type() == QEvent::ShortcutOverride &&
        takesKey(watched, static_cast<QKeyEvent*>(event))) {
        event->accept();
        return true;
    }
    if (event->type() == QEvent::KeyPress) {
        auto* key = static_cast<QKeyEvent*>(event);
        if (watched == m_view ? keyInTree(key) : keyInFilter(key))
            return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace bitloom
