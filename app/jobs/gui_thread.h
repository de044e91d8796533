// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <utility>

namespace bitloom {

/// Whether the caller is the thread that draws the window.
bool onGuiThread();
/// Says so loudly (qCritical) when `what` runs in the thread that draws the window.
void assertNotGuiThread(const char* what);

/// A shared object that may be carried everywhere but used only in workers; using it in the GUI
/// thread is reported by assertNotGuiThread.
template <class T>
class WorkerOnly {
public:
    WorkerOnly() = default;
    explicit WorkerOnly(std::shared_ptr<T> object)
        : m_object(std::move(object))
    {
    }
    T* operator->() const
    {
        assertNotGuiThread("the workbench");
        return m_object.get();
    }
    T& operator*() const { return *operator->(); }
    std::shared_ptr<T> shared() const
    {
        assertNotGuiThread("the workbench");
        return m_object;
    }
    explicit operator bool() const { return m_object != nullptr; }

private:
    std::shared_ptr<T> m_object;
};

} // namespace bitloom
